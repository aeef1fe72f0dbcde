"""Permissions: who was given access to what, by whom, from when until when, and did they use it?

Method: rights rebuilt as intervals from the records of administration and of the directory (see grants.py), each with what its
holder did in that mailbox meanwhile.

What the logs cannot show: rights older than the supplied records; rights that come with a role or a group; whether the account
that gave them was in the hands of its owner.
"""

from collections.abc import Iterator

from m365timeline.analysis.access import learn_access
from m365timeline.analysis.base import Case, at, lasted, listed
from m365timeline.analysis.grants import Grants, Interval, is_service, learn_grants
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.rights import MAILBOX_KINDS, SENDING_KINDS, Step
from m365timeline.analysis.standing import Standing, learn_standing
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

SHEET = Sheet(
    title="Permissions",
    about="rights given, changed or taken, each from when until when",
    method="Cmdlets of administrators, folder permissions, directory roles and consents to applications, put in order for each holder and each right; an act that two logs write down is one. Lists (send on behalf, role groups) are compared with the list before, because the log gives the new list only. Lists of rights among the inputs are compared: what only they name is shown behind the rest.",
    absence="A right that is not listed may be older than the supplied records, come with a role or a group, or have been given where nothing is logged. An empty Taken means that no record supplied takes it back, not that it still stands.",
    empty="no record on the timeline gives or takes a permission, a role or a consent.",
    columns=(
        SheetColumn(title="Holder", about="Who holds the right."),
        SheetColumn(title="On", about="The mailbox, group, role or application it is about."),
        SheetColumn(title="Kind", widest=22),
        SheetColumn(title="Right", widest=40),
        SheetColumn(title="State", kind="wrapped"),
        SheetColumn(title="Given (UTC)", kind="date"),
        SheetColumn(title="Given by", widest=36),
        SheetColumn(title="Given in", kind="row"),
        SheetColumn(title="Taken (UTC)", kind="date"),
        SheetColumn(title="Taken by", widest=36),
        SheetColumn(title="Taken in", kind="row"),
        SheetColumn(title="Lasted", widest=16),
        SheetColumn(title="Before → after", kind="wrapped"),
        SheetColumn(
            title="Used meanwhile",
            kind="wrapped",
            about="Non-owner events of the holder in that mailbox while the right stood.",
        ),
        SheetColumn(title="First use", kind="row"),
        SheetColumn(
            title="Lists of rights",
            kind="wrapped",
            about="Whether a list among the inputs (Get-MailboxPermission and its kin) names this right. Lists have no time.",
        ),
    ),
    frozen=2,
)


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each interval; what Microsoft's own services gave stands last."""
    people, grants = case.once(learn_people), case.once(learn_grants)
    standing = case.once(learn_standing)
    case.once(learn_access)  # marks the uses
    for interval in sorted(grants.intervals, key=lambda item: is_service(item.granted or item.revoked)):
        yield _row(interval, grants, people, standing)


def _row(interval: Interval, grants: Grants, people: People, standing: Standing) -> SheetRow:
    granted, revoked = interval.granted, interval.revoked
    service = is_service(granted or revoked)
    values = (
        people.name(interval.holder), people.name(interval.on), interval.kind, interval.right, _state(interval, grants),
        *_step(granted), *_step(revoked), _span(interval), _before_after(interval), _used(interval),
        interval.first_use[1] if interval.first_use else None, _on_lists(interval, standing),
    )  # fmt: skip
    used = interval.uses and interval.kind in (*MAILBOX_KINDS, *SENDING_KINDS)
    nothing = interval.failed or interval.right.startswith("None ")
    severity = "info" if service else "high" if used and granted and revoked else "low" if nothing else "medium"
    return sheet_row(values, interval.positions, severity)


def _step(step: Step | None) -> tuple[int | None, str | None, int | None]:
    return (None, None, None) if step is None else (step.time, step.by, step.positions[0])


def _state(interval: Interval, grants: Grants) -> str:
    if interval.failed:
        return "Attempt failed: nothing changed, as far as the log says"
    if interval.granted is None and interval.revoked is None:
        return f"Named by a list only: it stood when the list was made; no record supplied gives it (records of administration {_window(grants)})"
    if interval.granted is None:
        return f"Taken; when it was given is not in the supplied logs (records of administration {_window(grants)})"
    given = (
        "On the list; whether it is new is not known, because no earlier list is in the logs"
        if interval.listed
        else "Given"
    )
    again = sum(step.verb in {"grant", "first list"} for step in interval.steps) - 1
    more = f", and again {counted(again, 'time')}" if again > 0 else ""
    if interval.revoked is None:
        return f"{given}{more}; no record takes it back{_delegated(interval, grants)}"
    if interval.revoked.verb != "revoke":
        return f"{given}{more}; replaced by another value"
    left_out = " (left out of the new list)" if interval.revoked.members or interval.kind == "Send on behalf" else ""
    return f"{given}{more}; taken back{left_out}"


def _on_lists(interval: Interval, standing: Standing) -> str | None:
    if interval.lists:
        return f"Named by {listed(interval.lists, 3, ', ')}"
    lacking = standing.lacks(interval.kind, interval.on)
    if lacking is None or interval.failed:
        return None
    return f"Not named by {lacking}, which lists the rights on this mailbox: it did not stand when that list was made"


def _delegated(interval: Interval, grants: Grants) -> str:
    """Of a consent, whether what it gave the application was taken back."""
    if interval.kind != "Application":
        return ""
    taken = [
        item.revoked
        for item in grants.intervals
        if item.kind == "Delegated permission" and item.holder == interval.holder and item.revoked is not None
    ]
    return f"; delegated permissions of this application were taken {at(taken[-1].time)}" if taken else ""


def _window(grants: Grants) -> str:
    first, last = grants.covered
    if not grants.records:
        return "none supplied"
    return f"from {at(first)} to {at(last)}"


def _span(interval: Interval) -> str | None:
    start = interval.granted.time if interval.granted else None
    end = interval.revoked.time if interval.revoked else None
    return None if start is None or end is None else lasted(end - start)


def _before_after(interval: Interval) -> str | None:
    step = interval.granted or interval.revoked
    if interval.failed or step is None:
        return None
    before = interval.before or (
        "not known" if interval.listed or interval.granted is None else "none seen in the logs"
    )
    parts = [f"{before} → {interval.right}" if interval.granted else f"{interval.right} → none"]
    if interval.granted and interval.revoked:
        parts.append(f"{interval.right} → {'none' if interval.revoked.verb == 'revoke' else 'another value'}")
    if step.members:
        parts.append(f"the list was logged as: {listed(step.members, 20, '; ')}")
    return "\n".join(parts)


def _used(interval: Interval) -> str | None:
    if interval.kind not in (*MAILBOX_KINDS, *SENDING_KINDS):
        return None
    if interval.failed:
        return None
    if not interval.uses or interval.first_use is None or interval.last_use is None:
        return "No use seen in the supplied logs"
    first, last = interval.first_use[0], interval.last_use[0]
    when = "" if interval.steps else "; since when the right stood is not known"
    return f"{counted(interval.uses, 'event')}, first {at(first)}, last {at(last)}{when}"


def behind(
    actor: str, mailbox: str, times: tuple[int | None, int | None], categories: set[str], grants: Grants
) -> tuple[str, int | None]:
    """The right behind what a non-owner did (its ``categories``), in words, and the row that gave it."""
    words: list[str] = []
    given: int | None = None
    for kinds, name in ((MAILBOX_KINDS, "access to the mailbox"), (SENDING_KINDS, "sending")):
        concerned = categories & {"message_send"} if kinds is SENDING_KINDS else categories - {"message_send"}
        if not concerned:
            continue
        held = [item for item in grants.between(actor, mailbox, kinds) if not item.failed]
        words += [_verdict(item, *times) for item in held]
        known = [item.granted.positions[0] for item in held if item.granted and not item.listed]
        given = given or (known[0] if known else None)
        if not any(item.steps for item in held):
            words.append(f"No grant of {name} seen in the supplied logs (records of administration {_window(grants)})")
    return "\n".join(dict.fromkeys(words)), given


def _verdict(item: Interval, first: int | None, last: int | None) -> str:
    what = f"{item.kind}: {item.right}" if item.kind in MAILBOX_KINDS else item.kind
    granted, revoked = item.granted, item.revoked
    if granted is None and revoked is not None:
        words = f"{what}: given before the logs begin, taken {at(revoked.time)} by {revoked.by}"
    elif granted is not None:
        known = "on the first list the logs have, set" if item.listed else "given"
        words = f"{what}: {known} {at(granted.time)} by {granted.by}"
        if item.listed:
            words += " (it may be older)"
        elif granted.time is not None and first is not None and granted.time > first:
            words += ", AFTER the first access"
        words += (
            f", taken {at(revoked.time)} by {revoked.by}" if revoked is not None else ", not taken in the supplied logs"
        )
    else:
        return f"{what}: named by a list ({listed(item.lists, 3, ', ')}), which has no time"
    if revoked is not None and revoked.time is not None:
        if first is not None and revoked.time < first:
            words += ", BEFORE the first access"
        elif last is not None and revoked.time < last:
            words += ", BEFORE the last access"
    return words
