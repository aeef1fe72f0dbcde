"""A case: segments of events, folded into one ordered timeline by an embedded DuckDB.

Duplicates, order and scope are settled here, on a table of keys; the wide rows are read once, when they are written.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import msgspec
import pyarrow as pa

from m365timeline.case import sql
from m365timeline.case.order import in_order
from m365timeline.case.room import MEMORY, Question, Room
from m365timeline.case.segments import Segment
from m365timeline.case.settle import PlacedSegment
from m365timeline.schemas.arrow import stored_schema
from m365timeline.schemas.dates import DateDecision
from m365timeline.schemas.event import PUBLISHED
from m365timeline.schemas.scope import Scope
from m365timeline.schemas.state import State


class CaseSource(msgspec.Struct, kw_only=True):
    """One source as the case sees it: its segments in order, how its dates are read, which run brought it."""

    name: str
    sha256: str
    segments: list[Segment]
    dates: DateDecision | None = None
    arrival: int = 0


class SourceFigures(msgspec.Struct, kw_only=True):
    """What folding found for one source. Times in microseconds UTC; ``copied`` are the bytes of records that are copies."""

    duplicates: int
    copied: int
    conflicts: int
    ambiguous: int
    first: int | None
    last: int | None


class Case:
    """An open case. ``with Case(folder) as case: case.fold(sources, scope)``, then query and read it."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._temporary = folder / "duckdb-temp"
        self.database = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "threads": threads,
                "memory_limit": MEMORY,
                "temp_directory": str(self._temporary),
                "preserve_insertion_order": True,
            },
        )
        self.database.execute("SET TimeZone = 'UTC'")
        self._room = Room(self.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            raise KeyboardInterrupt from error  # DuckDB swallows it
        if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)):
            words = str(error).partition("\n")[0]
            raise OSError(
                None, f"temporary data could not be kept ({words})", str(self._temporary.parent.parent)
            ) from error

    def fold(self, sources: Sequence[CaseSource], scope: Scope) -> None:
        """Settle times, fold duplicates, apply the scope and put the rest in its total order.

        Order: time (unknown times last), source, record, event within the record.
        """
        run = self.database.execute
        run(sql.SOURCES)
        run(sql.PARTS)
        part = first = 0
        for number, source in enumerate(sources):
            dates = source.dates
            run(
                "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    number,
                    source.arrival,
                    source.name,
                    source.sha256,
                    dates and dates.order,
                    dates and dates.basis,
                    dates.offset_minutes if dates else 0,
                ],
            )
            records = lines = 0
            for segment in source.segments:
                if segment.events:
                    run(
                        "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?)",
                        [part, number, segment.path, first, records, lines],
                    )
                part += 1
                first += segment.events
                records += segment.records
                lines += segment.lines
        self._sources = sources
        self._settle(
            sorted({segment.path for source in sources for segment in source.segments if segment.events}), scope
        )
        self._room.settle()

    def _settle(self, paths: Sequence[str], scope: Scope) -> None:
        run = self.database.execute
        if not paths:
            schema = pa.schema([*stored_schema(), ("filename", pa.string()), ("file_row_number", pa.int64())])
            self.database.register("shape", schema.empty_table())
            run(sql.NO_EVENTS)  # a table, because a cursor does not see what is registered
            self.database.unregister("shape")
        run(sql.segments(paths))
        for statement in (sql.KEYS, sql.CANDIDATES, sql.MARKED, sql.DROPPED):
            self._room.ask(partial(run, statement))
        self._room.ask(partial(run, sql.placed(self._condition(scope))))
        run(sql.events(PUBLISHED))
        run(sql.TIMELINE)

    def _condition(self, scope: Scope) -> str | None:
        """The scope as SQL over events; ``None`` if everything is in it."""
        parts = []
        if scope.since is not None:
            parts.append(f"(time IS NULL OR time >= make_timestamp({scope.since}))")
        if scope.until is not None:
            parts.append(f"(time IS NULL OR time < make_timestamp({scope.until}))")
        for names, columns in (
            (scope.users, sql.USER_COLUMNS),
            (scope.mailboxes, sql.MAILBOX_COLUMNS),
            (scope.operations, ("operation",)),
        ):
            if names:
                parts.append("(" + " OR ".join(sql.like(column, name) for name in names for column in columns) + ")")
        if scope.addresses:
            wanted = self._addresses_in(scope.addresses)
            parts.append(f"ip IN ({', '.join(map(sql.quote, wanted))})" if wanted else "false")
        return " AND ".join(parts) or None

    def _addresses_in(self, wanted: tuple[str, ...]) -> list[str]:
        networks = [ipaddress.ip_network(text, strict=False) for text in wanted]
        known = self.database.execute("SELECT DISTINCT ip FROM segments WHERE ip IS NOT NULL ORDER BY ip").fetchall()
        addresses = [(text, ipaddress.ip_address(text)) for (text,) in known]
        return [
            text
            for text, address in addresses
            if any(address.version == net.version and address in net for net in networks)
        ]

    def states(self) -> Iterator[State]:
        """The rows of lists of states (rules, rights, devices), in source order, each with where it stands."""
        for source in self._sources:
            records = lines = 0
            for segment in source.segments:
                for state in segment.read_states():
                    state.source_file, state.source_sha256 = source.name, source.sha256
                    state.record_number = (state.record_number or 0) + records
                    state.line = (state.line or 0) + lines
                    yield state
                records += segment.records
                lines += segment.lines

    def totals(self) -> tuple[int, int, int, int]:
        """Events, duplicates, out of scope, on the timeline: counted each on its own, so that they can be checked."""
        row = self.query(sql.TOTALS).fetchall()[0]
        return row[0], row[1], row[2], row[3]

    def news(self, run: int) -> tuple[int, int]:
        """Of the sources that run number ``run`` brought: events unknown before, and events an earlier run had brought."""
        row = self.database.execute(sql.NEWS, {"run": run}).fetchall()[0]
        return row[0], row[1]

    def forget_copies(self) -> None:
        """Free what only counting needs, before the timeline is written."""
        for table in ("keys", "candidates", "dropped"):
            self.database.execute(f"DROP TABLE {table}")

    def figures(self) -> dict[int, SourceFigures]:
        """What folding found, by source number."""
        rows = self.query(sql.FIGURES).fetchall()
        copied = dict(self.query(sql.COPIED_BYTES).fetchall()) if any(row[1] for row in rows) else {}
        return {
            row[0]: SourceFigures(
                duplicates=row[1],
                copied=copied.get(row[0], 0),
                conflicts=row[2],
                ambiguous=row[3],
                first=row[4],
                last=row[5],
            )
            for row in rows
        }

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Read the timeline in order as Arrow record batches of the named event fields."""
        return in_order(self._stretches(), columns, self._temporary)

    def _stretches(self) -> list[PlacedSegment]:
        """The segments that have rows on the timeline, in the order of their first ones."""
        marks = self.query(sql.MARKS).to_arrow_table()
        return [
            PlacedSegment(
                part=row[0], path=row[1], first=row[2], records=row[3], lines=row[4], name=row[5], sha256=row[6], date_basis=row[7],
                start=row[8], stop=row[9], positions=self._positions, marks=marks,
            )
            for row in self.query(sql.STRETCHES).fetchall()
        ]  # fmt: skip

    def _positions(self, part: int) -> Any:
        return self.database.sql(sql.POSITIONS, params=[part]).to_arrow_table()

    def message_events(self) -> Iterator[dict[str, Any]]:
        """The trace events of the timeline, message by message and in order of time, as rows of what a journey needs."""
        if self.database.execute("SELECT 1 FROM timeline WHERE category = 'mail_trace' LIMIT 1").fetchall():
            yield from self.rows(sql.MESSAGES)

    def places(self, event_id: str) -> list[tuple[str, int, int, int, int]]:
        """Where every copy of an event stands: (source, record, line, offset, length), in source order."""
        return self.database.execute(sql.PLACES, [event_id]).fetchall()

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        """Run a read-only query over ``events`` and hand out its rows, a batch at a time; several may run at once.

        ``events`` has one row a timeline event: its fields and ``position``. Ask for times with ``epoch_us(time)``. Raises
        TooLittleMemoryError, perhaps after some rows.
        """
        return self._room.rows(text)

    def keep(self, name: str, columns: dict[str, list[Any]]) -> None:
        """Make (or make anew) a small table that queries may join: equally long lists by column, text or whole numbers."""
        arrays = {
            key: pa.array(values, None if any(v is not None for v in values) else pa.string())
            for key, values in columns.items()
        }
        given = f"{name}_given"
        self.database.register(given, pa.table(arrays))
        self.database.execute(sql.kept(name, given))
        self.database.unregister(given)

    def query(self, text: str) -> Any:
        """Run a statement over ``events`` or ``timeline`` (short columns only, see sql.py).

        What has rows is worked out when they are fetched; both raise TooLittleMemoryError.
        """
        found = self._room.ask(partial(self.database.sql, text))
        return None if found is None else Question(self._room, found)
