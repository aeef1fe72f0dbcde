"""How a row of each sheet reads as a sentence. Rows that are no story of their own (what a service does every day) give none."""

from collections.abc import Callable, Mapping
from typing import Any

from m365timeline.analysis.base import at
from m365timeline.schemas.words import counted

Row = Mapping[str, Any]


def _during(row: Row, first: str = "First (UTC)", last: str = "Last (UTC)") -> str:
    if row[first] == row[last]:
        return at(row[first])
    return f"from {at(row[first])} to {at(row[last])}"


def _from(row: Row) -> str:
    return "".join(f", {word} {row[name]}" for word, name in (("with", "Client"), ("from", "IP")) if row[name])


def _access(row: Row) -> str | None:
    if row["From"] == "Microsoft":
        return None
    right = f" The right behind it: {row['Right behind it']}." if row["Right behind it"] else ""
    as_what = f" as {row['Logon type'].lower()}" if row["Logon type"] else ""
    return f"{row['Actor']} was in the mailbox of {row['Mailbox']}{as_what} {_during(row)}{_from(row)}: {row['What was done']}.{right}"


def _permission(row: Row) -> str:
    given = f" Given {at(row['Given (UTC)'])} by {row['Given by']}." if row["Given (UTC)"] is not None else ""
    taken = f" Taken {at(row['Taken (UTC)'])} by {row['Taken by']}." if row["Taken (UTC)"] is not None else ""
    used = f" {row['Used meanwhile']}." if row["Used meanwhile"] else ""
    return f"{row['Holder']} has {row['Kind'].lower()} ({row['Right']}) on {row['On']}: {row['State']}.{given}{taken}{used}"


def _exposed(row: Row) -> str:
    what = (
        f"“{row['Subject']}”"
        if row["Subject"]
        else f"messages of {row['Folder']}"
        if row["Folder"]
        else "a message whose subject the logs do not tell"
    )
    return f"{row['Verdict'].capitalize()}: {what} in the mailbox of {row['Mailbox']}, by {row['Reader']} {_during(row, 'First access (UTC)', 'Last access (UTC)')}. {row['Why'] or ''}"


def _sent(row: Row) -> str:
    subject = f"“{row['Subject']}”" if row["Subject"] else "a message"
    return f"{row['Sent by'] or row['Sender']} sent {subject} to {row['Recipients'] or 'recipients the logs do not tell'} {at(row['Sent (UTC)'])} ({row['How']}; {row['Match']}). {row['During'] or ''}"


def _session(row: Row) -> str | None:
    if not row["Signs"]:
        return None
    return f"A session of {row['Account']} {_during(row)}: {row['Signs']}."


def _rule(row: Row) -> str:
    name = f" {row['Rule']}" if row["Rule"] else ""
    ended = f" Ended {at(row['Ended (UTC)'])} by {row['Ended by']}." if row["Ended (UTC)"] is not None else ""
    signs = f" {row['Signs']}." if row["Signs"] else ""
    return f"{row['Kind']}{name} on {row['Mailbox / scope']}, set by {row['By']} {at(row['First seen (UTC)'])}: {row['What it would have done']}. {row['State']}.{ended}{signs}"


def _change(row: Row) -> str | None:
    if row["Concerns"] == "Maintenance":
        return None
    return f"{at(row['Time (UTC)'])}: {row['What']}."


def _sign_in(row: Row) -> str | None:
    if not row["Worth knowing"]:
        return None
    application = f" to {row['Application']}" if row["Application"] else ""
    return f"Sign-ins of {row['Account']}{application} from {row['IP']} {_during(row)}: {row['Worth knowing']}."


def _address(row: Row) -> str | None:
    return f"{row['IP']}: {row['Worth knowing']}." if row["Worth knowing"] else None


def _account(row: Row) -> str:
    did = f" {_during(row)}: {row['What it did']}" if row["Events"] else ""
    others = f" Others in this mailbox: {row['Others in its mailbox']}." if row["Others in its mailbox"] else ""
    return f"{row['Account']}{did}.{others}"


def _application(row: Row) -> str | None:
    if not row["Worth knowing"]:
        return None
    return f"{row['Application or client']}: {row['Worth knowing']} ({_during(row)}, {row['What was done']})."


def _files(row: Row) -> str | None:
    if row["Kind"] == "Sharing":
        return f"{at(row['First (UTC)'])}: {row['Worth knowing']}."
    worth = f" {row['Worth knowing']}." if row["Worth knowing"] else ""
    return f"{row['Who']} in {row['Site'] or 'a site the log does not name'} {_during(row)}: {row['What was done']}, {counted(row['Different files'], 'different file')}.{worth}"


TELL: dict[str, Callable[[Row], str | None]] = {
    "Non-owner access": _access,
    "Permissions": _permission,
    "Messages exposed": _exposed,
    "Messages sent": _sent,
    "Sessions": _session,
    "Rules & forwarding": _rule,
    "Admin changes": _change,
    "Sign-ins": _sign_in,
    "IP addresses": _address,
    "Users & mailboxes": _account,
    "Apps & clients": _application,
    "SharePoint & OneDrive": _files,
}
