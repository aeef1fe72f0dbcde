"""Sessions: from where, with what and how long was an account used, and does a session change hands?

Method: events with one session id are a session. Events without one are put together where the same account acts from the same
address with pauses below an hour; those that fall in the time of a session of the same account and address belong to it and are not
listed again. Tokens, request ids and devices are counted.

What the logs cannot show: whether two addresses are two people (mobile networks, company gateways and Microsoft's own servers
change addresses); sessions of services that log no id.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from typing import Any

import msgspec

from m365timeline.analysis.agents import program, system, without_version
from m365timeline.analysis.base import DAY, HOUR, Case, at, lasted, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

_MOST_FACES = 20
BY_ID, BY_ADDRESS = "session id", "account and address, pauses below an hour"
SHEET = Sheet(
    title="Sessions",
    about="sessions, those that change address or browser first",
    method="Events with one session id are a session; events without one are put together by account and address with pauses below an hour, unless they fall in the time of a session with an id. A change of address together with another browser or system under one session id is a sign that its token was stolen.",
    absence="A sign is no proof: mobile networks, company gateways and Microsoft's own servers change addresses. No sign does not mean that a session was not taken over: a thief may use the same network or a copied browser, and many records bear no session id.",
    empty="no event on the timeline bears a session id or an address with an account.",
    columns=(
        SheetColumn(title="Account"),
        SheetColumn(title="Signs", kind="wrapped"),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Lasted", widest=16),
        SheetColumn(
            title="Addresses",
            kind="wrapped",
            about="Where there are several: each with its first and last event and the browser or program used there.",
        ),
        SheetColumn(
            title="Changed in", kind="row", about="The first event from the second address, or with the second browser."
        ),
        SheetColumn(title="Browsers and programs", kind="wrapped"),
        SheetColumn(title="Clients and applications", widest=44),
        SheetColumn(title="Networks", widest=36, about="Only if the log or a local database says so."),
        SheetColumn(title="Devices", widest=36),
        SheetColumn(title="What was done", kind="wrapped"),
        SheetColumn(title="Tokens", kind="number", about="Different access tokens seen."),
        SheetColumn(title="Requests", kind="number", about="Different request or correlation ids seen."),
        SheetColumn(title="Session id", widest=38),
        SheetColumn(title="Put together by", widest=30),
    ),
    frozen=1,
)

_STOLEN = "May be a stolen token"
_ROWS = """
WITH acts AS (SELECT e.session_id, coalesce(p.person, lower(e.actor)) AS who, e.ip, rtrim(e.user_agent, '; ') AS agent,
    coalesce(e.client_app, '') || CASE WHEN e.app_name IS NULL THEN '' ELSE ' · ' || e.app_name END AS client, e.country, e.as_org, e.device_os,
    coalesce(e.device_name, e.device_id) AS device, e.category, e.position, epoch_us(e.time) AS time, e.token_id, e.correlation_id
  FROM events e LEFT JOIN people p ON p.name = e.actor
  WHERE (e.session_id IS NOT NULL OR (e.ip IS NOT NULL AND e.time IS NOT NULL AND e.actor IS NOT NULL
    AND e.category NOT IN ('mail_trace', 'forwarding') AND coalesce(e.actor_type, '') NOT IN ('system', 'microsoft')))
    AND coalesce(e.category, '') != 'alert' {only}),
spans AS (SELECT session_id, who, ip, min(time) AS first, max(time) AS last FROM acts WHERE session_id IS NOT NULL GROUP BY ALL),
loose AS (SELECT * EXCLUDE (gap), 'loose ' || who || ' ' || ip || ' ' || sum(gap) OVER (PARTITION BY who, ip ORDER BY time, position) AS session
  FROM (SELECT *, CASE WHEN time - lag(time) OVER (PARTITION BY who, ip ORDER BY time, position) <= {hour} THEN 0 ELSE 1 END AS gap
        FROM acts WHERE session_id IS NULL AND NOT EXISTS (SELECT 1 FROM spans s WHERE s.who = acts.who AND s.ip = acts.ip
          AND acts.time BETWEEN s.first - {hour} AND s.last + {hour}))),
every AS (SELECT *, session_id AS session FROM acts WHERE session_id IS NOT NULL UNION ALL SELECT * FROM loose),
sessions AS (SELECT session, count(DISTINCT ip) AS ips, count(DISTINCT agent) AS agents, min(time) AS began, count(DISTINCT token_id) AS tokens,
  count(DISTINCT correlation_id) AS requests FROM every GROUP BY session)
SELECT session, session_id, who, ip, agent, client, country, as_org, device_os, device, category, count(*) AS events, min(time) AS first, max(time) AS last,
  list(position ORDER BY position)[:20] AS positions, min(position) AS low, min(tokens) AS tokens, min(requests) AS requests
FROM every JOIN sessions USING (session)
GROUP BY session, session_id, who, ip, agent, client, country, as_org, device_os, device, category
ORDER BY min(ips) > 1 AND min(agents) > 1 DESC, min(ips) > 1 DESC, session_id IS NULL, min(began), session, low, ip, agent, client, category"""


# Sessions that had several addresses and several programs: the only ones that can show the signs of a stolen token.
_CHANGING = """AND e.session_id IN (SELECT session_id FROM events WHERE session_id IS NOT NULL GROUP BY session_id
    HAVING count(DISTINCT ip) > 1 AND count(DISTINCT user_agent) > 1)"""


class Stolen(msgspec.Struct):
    """A session that may have been stolen: since when, and the sign in words."""

    since: int | None
    words: str


class Face(msgspec.Struct):
    """One address of a session: when it was used and with what."""

    ip: str | None
    first: int | None
    last: int | None
    low: int
    events: int = 0
    programs: dict[str, int] = msgspec.field(default_factory=dict)
    systems: set[str] = msgspec.field(default_factory=set)


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each session."""
    people = case.once(learn_people)
    for _session, parts in groupby(case.rows(_ROWS.format(hour=HOUR, only="")), key=lambda row: row["session"]):
        found = list(parts)
        yield _row(found, people) if len(found) > 1 else _short_row(found[0], people)


def learn_stolen(case: Case) -> dict[str, Stolen]:
    """By session id, the sessions that show the signs of a stolen token."""
    case.once(learn_people)
    stolen = {}
    for session, group in groupby(
        case.rows(_ROWS.format(hour=HOUR, only=_CHANGING)), key=lambda row: row["session_id"]
    ):
        if session is None:
            continue
        faces = _faces(list(group))
        found, changed = signs(faces, [], None, None)
        if changed is not None and _STOLEN in found[0]:
            since = next((face.first for face in faces if face.low == changed), None)
            stolen[session] = Stolen(since, found[0])
    return stolen


def _faces(parts: list[dict[str, Any]]) -> list[Face]:
    """The addresses in the order they are first seen; parts without address tell of none."""
    faces: dict[str, Face] = {}
    for part in parts:
        if _is_server(part["ip"]):
            continue
        face = faces.setdefault(part["ip"], Face(part["ip"], part["first"], part["last"], part["low"]))
        face.first, face.last = _least(face.first, part["first"]), _most(face.last, part["last"])
        face.low = min(face.low, part["low"])
        face.events += part["events"]
        name = program(part["agent"])
        if name:
            face.programs[name] = min(face.programs.get(name, part["low"]), part["low"])
        face.systems.update(filter(None, (system(part["device_os"]) or system(part["agent"]),)))
    return sorted(faces.values(), key=lambda face: face.low)


def _is_server(ip: str | None) -> bool:
    """Whether an address tells of nobody: none is logged, or it is the server itself."""
    return ip is None or ip == "::1" or ip.startswith("127.")


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _most(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _short_row(part: dict[str, Any], people: People) -> SheetRow:
    """The row of a session of one part, as most are: one account, one address, one program, nothing to compare."""
    own = _is_server(part["ip"])
    first, last, by_id = part["first"], part["last"], part["session_id"] is not None
    values = (
        people.name(part["who"]) or None, None, first, last, None if first is None or last is None else lasted(last - first),
        None if own else part["ip"], None, (None if own else program(part["agent"])) or None, part["client"].strip(" ·") or None,
        _both(part["as_org"], part["country"]) or None, _both(part["device"], part["device_os"]) or None,
        f"{part['category'] or 'other'} × {part['events']:,}", part["tokens"] or None, part["requests"] or None, part["session_id"],
        BY_ID if by_id else BY_ADDRESS,
    )  # fmt: skip
    return sheet_row(values, part["positions"], "info", part["events"])


def _row(parts: list[dict[str, Any]], people: People) -> SheetRow:
    faces = _faces(parts)
    first, last = None, None
    for part in parts:
        first, last = _least(first, part["first"]), _most(last, part["last"])
    found, changed = signs(faces, sorted({part["who"] for part in parts if part["who"]}), first, last)
    by_id = parts[0]["session_id"] is not None

    def told(words: Callable[[dict[str, Any]], str | None], most: int = 6) -> str | None:
        return listed(map(words, parts), most)

    values = (
        told(lambda part: people.name(part["who"]), 4), "\n".join(found) or None, first, last,
        None if first is None or last is None else lasted(last - first), _addresses(faces), changed,
        listed((name for face in faces for name in face.programs), 10, "\n"), told(lambda part: part["client"].strip(" ·")),
        told(lambda part: _both(part["as_org"], part["country"])), told(lambda part: _both(part["device"], part["device_os"])),
        _done(parts),
        parts[0]["tokens"] or None, parts[0]["requests"] or None, parts[0]["session_id"], BY_ID if by_id else BY_ADDRESS,
    )  # fmt: skip
    positions = sorted({position for part in parts for position in part["positions"]})
    severity = "high" if changed is not None and _STOLEN in found[0] else "low" if found else "info"
    return sheet_row(values, positions, severity, sum(part["events"] for part in parts))


def _both(one: str | None, other: str | None) -> str | None:
    return f"{one} {other}" if one and other else one or other


def _done(parts: list[dict[str, Any]]) -> str:
    """The kinds of events, the most frequent first."""
    done: Counter[str] = Counter()
    for part in parts:
        done[part["category"] or "other"] += part["events"]
    return ", ".join(
        f"{name} × {count:,}" for name, count in sorted(done.items(), key=lambda item: (-item[1], item[0]))
    )


def _addresses(faces: list[Face]) -> str | None:
    """A single address needs no times: they are those of the session."""
    if len(faces) == 1:
        return faces[0].ip
    more = [f"and {len(faces) - _MOST_FACES:,} more"] if len(faces) > _MOST_FACES else []
    return "\n".join([*map(_face, faces[:_MOST_FACES]), *more]) or None


def _face(face: Face) -> str:
    used = f", {listed(face.programs, 3, ', ')}" if face.programs else ""
    return f"{face.ip}: {at(face.first)} to {at(face.last)}, {counted(face.events, 'event')}{used}"


def signs(faces: list[Face], people: list[str], first: int | None, last: int | None) -> tuple[list[str], int | None]:
    """What about a session deserves a look, with reasons, the gravest first; and the event in which it changed."""
    found: list[str] = []
    changed: int | None = None
    for before, after in pairwise(faces):
        known = {without_version(name) for face in faces[: faces.index(after)] for name in face.programs}
        new = [name for name in after.programs if without_version(name) not in known]
        changed = changed or after.low
        if known and new:
            found.insert(
                0,
                f"{_STOLEN}: from {at(after.first)} the same session id comes from {after.ip} (before: {before.ip}) with {', '.join(new)} (before: {', '.join(sorted(known))})",
            )
        else:
            found.append(
                f"Another address from {at(after.first)}: {after.ip} (before: {before.ip}){_same(before, after)}"
            )
        if _overlap(before, after):
            found.append(f"{before.ip} and {after.ip} are used in turns")
    if len(faces) == 1:
        names = sorted(faces[0].programs.items(), key=lambda item: item[1])
        kinds = {without_version(name) for name, _ in names}
        if len(kinds) > 1 and len(faces[0].systems) > 1:
            found.append(
                f"Several browsers or programs on several systems under one address: {listed((name for name, _ in names), 4, ', ')}"
            )
            changed = names[1][1]
    if len(people) > 1:
        found.append(f"{counted(len(people), 'account')} under one session id: {listed(people, 4, ', ')}")
    if found and first is not None and last is not None and last - first > DAY:
        found.append(f"Lasted {lasted(last - first)}")
    return found, changed


def _same(before: Face, after: Face) -> str:
    same = {without_version(name) for name in before.programs} & {without_version(name) for name in after.programs}
    return (
        f"; same program ({', '.join(sorted(same))}): may be a change of network"
        if same
        else "; the log does not say with what"
    )


def _overlap(before: Face, after: Face) -> bool:
    return before.last is not None and after.first is not None and after.first < before.last
