"""Events in a table, and rules judged over them."""

from dataclasses import dataclass

import duckdb
import msgspec
import pyarrow as pa

from m365timeline.analysis.findings import find
from m365timeline.analysis.rule_files import Rule
from m365timeline.schemas.arrow import arrow_type
from m365timeline.schemas.event import PUBLISHED, Change, Event

START = 1_772_000_400_000_000  # 2026-02-25T06:20:00Z
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


@dataclass
class Table:
    """What stands in for a case: the view ``events`` over the given ones, in their order."""

    database: duckdb.DuckDBPyConnection

    def query(self, text):
        return self.database.sql(text)


def event(operation="Set-Mailbox", minutes=0, **fields):
    fields.setdefault("actor", "amy@contoso.com")
    fields.setdefault("actor_type", "regular")
    changes = fields.pop("changed", None)
    if changes is not None:
        fields["changes"] = [
            Change(name, *(value if isinstance(value, tuple) else (None, value))) for name, value in changes.items()
        ]
    return Event(
        operation=operation, time=START + minutes * MINUTE, summary=f"{fields['actor']} did {operation}", **fields
    )


def case(events):
    rows = [msgspec.structs.asdict(item) for item in events]
    for row in rows:
        row["changes"] = row["changes"] and [msgspec.structs.asdict(change) for change in row["changes"]]
    arrays = {}
    for name in PUBLISHED:
        values, kind = [row[name] for row in rows], arrow_type(name)
        arrays[name] = (
            pa.array(values, pa.int64()).cast(kind) if name in {"time", "time_end"} else pa.array(values, kind)
        )
    database = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 1}
    )
    database.execute("SET TimeZone = 'UTC'")
    database.register("given", pa.table(arrays))
    database.execute("CREATE TABLE events AS SELECT *, row_number() OVER () AS position FROM given")
    return Table(database)


def rule(**fields):
    words = {"id": "x", "title": "X", "severity": "high", "why": "It matters.", "check": ["Look."]}
    return msgspec.convert({**words, **fields}, Rule)


def found(events, *rules):
    """Per finding its rule, the events it counts and the rows it names."""
    return [(item.rule, item.events, item.positions) for item in find(case(events), rules).found]
