"""Graph's sign-ins as a script spreads them out into a table, and as Export-Csv leaves them."""

import csv
import io
from typing import Any

from sample_story.entra_records import sign_ins
from sample_story.ids import at
from sample_story.write_trace import american

Record = dict[str, Any]
_SPREAD = ("status", "location", "deviceDetail")
_TYPES = {"status": "SignInStatus", "location": "SignInLocation", "deviceDetail": "DeviceDetail"}
_PICKED = (
    "id", "createdDateTime", "userPrincipalName", "userId", "appDisplayName", "appId", "ipAddress", "resourceDisplayName", "clientAppUsed",
    "correlationId", "status", "location", "deviceDetail",
)  # fmt: skip


def files(records: list[Record]) -> dict[str, bytes]:
    """Write both forms of the sign-ins from abroad: name to bytes."""
    abroad = [item for item in sign_ins(records) if item["location"]["city"] != "Hamburg"][:6]
    return {
        "entra_graph_csv/signins_flattened.csv": spread_out(abroad),
        "entra_graph_csv/get_mgauditlogsignin.csv": exported(abroad),
    }


def spread_out(items: list[Record]) -> bytes:
    """Write what a collection script makes of Graph's answer: inner members as columns of their own, ISO times."""
    return _table([_spread(item) for item in items])


def exported(items: list[Record]) -> bytes:
    """Write Get-MgAuditLogSignIn | Export-Csv on an American machine: types in place of inner objects."""
    rows = [
        {
            _camel(name): f"Microsoft.Graph.PowerShell.Models.MicrosoftGraph{_TYPES[name]}"
            if name in _TYPES
            else item[name]
            for name in _PICKED
        }
        | {"CreatedDateTime": american(at(item["createdDateTime"][:19]))}
        for item in items
    ]
    return _table(rows)


def _camel(name: str) -> str:
    return "IPAddress" if name == "ipAddress" else name[0].upper() + name[1:]


def _spread(item: Record) -> Record:
    row: Record = {}
    for name in _PICKED:
        if name in _SPREAD:
            inner = item[name]
            row |= {
                f"{_camel(name)}.{_camel(key)}": value for key, value in inner.items() if not isinstance(value, dict)
            }
        else:
            row[_camel(name)] = item[name]
    return row


def _table(rows: list[Record]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerows(
        [list(rows[0]), *(["" if value is None else str(value) for value in row.values()] for row in rows)]
    )
    return b"\xef\xbb\xbf" + text.getvalue().encode()
