r"""Activities and alerts of Defender for Cloud Apps as CEF lines, as its SIEM agent sends and syslog servers keep them.

Where it comes from: the SIEM agent (retired), a syslog server or SIEM that stored what it received.

What it looks like: ``… CEF:0|MCAS|SIEM_Agent|<version>|<signature>|<name>|<severity>|<key=value …>``, one record a line, behind
whatever the syslog server put before it. Values hold blanks: one ends where the next `` key=`` begins; ``\=``, ``\|`` and ``\\``
are escapes; ``cs1Label`` names what ``cs1`` holds.
"""

import re
from collections.abc import Iterator

from m365timeline.parsers._slices import Block, Slice
from m365timeline.parsers.base import Detection, Head, Parser
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Reader

_MARK = "CEF:0|MCAS|"
_LINE = re.compile(r"[^\r\n]*(?:\r?\n|\r|\Z)")  # a record writes its own line ends as \r and \n: each real one ends it
_HEAD = re.compile(r"CEF:\d+\|((?:[^|\\]|\\.)*\|){6}", re.DOTALL)
_PART = re.compile(r"((?:[^|\\]|\\.)*)\|", re.DOTALL)
_PAIR = re.compile(r"(?:^|(?<=\s))([A-Za-z][A-Za-z0-9]*)=(.*?)(?=\s+[A-Za-z][A-Za-z0-9]*=|\s*$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\=|nr])")
_PLAIN = {"n": "\n", "r": "\r"}
_HEADER = ("vendor", "product", "agent version", "signature", "name", "severity")


class CloudAppsCef(Parser):
    """One CEF record a line."""

    name = "cloud_apps_cef"
    title = "Defender for Cloud Apps, CEF lines"
    origin = "SIEM agent of Defender for Cloud Apps (MCAS); files of the syslog server or SIEM that received them"
    marks = "lines with CEF:0|MCAS|"
    time_basis = "UTC: rt and start are milliseconds since 1970; the time before CEF: is that of the syslog server"
    limits = "a value that holds ' word=' cannot be told from two values: the raw line stands beside it; activities marked private are masked"
    family = "cloud_app_activity"
    splittable = True

    def detect(self, head: Head) -> Detection | None:
        """Claim text whose first lines hold the mark."""
        lines = head.start.splitlines()[:5]
        return Detection("its lines hold CEF:0|MCAS|") if lines and _MARK in lines[0] else None

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:  # noqa: ARG002 (lines stand for themselves)
        """Yield a record for every line that is not blank."""
        number, block = 0, Block(0, reader.encoding)
        started = False
        for window in reader.windows():
            if not started:
                block, started = Block(window.offset, reader.encoding), True
            block.text += window.text
            done = 0
            while done < len(block.text):
                line = _LINE.match(block.text, done)
                if line is None or (not window.last and line.end() == len(block.text) and line[0][-1] != "\n"):
                    break  # the rest of the line, or of its end, comes with the next window
                end = line.end()
                if block.text[done:end].strip("\ufeff \t\r\n"):
                    number += 1
                    yield _record(block.cut(done, end), number)
                done = end
            block.move(done)


def _record(place: Slice, number: int) -> Record | Issue:
    text = place.text.lstrip("\ufeff").rstrip("\r\n")
    at = text.find(_MARK)
    head = _HEAD.match(text, at) if at >= 0 and place.problem is None else None
    if head is None:
        reason = (
            place.reason
            or "The line holds no CEF record of Defender for Cloud Apps: another program's line, or the rest of a cut one."
        )
        return Issue(
            code=place.problem or Code.NO_CONTENT, reason=reason, record_number=number, line=place.line, offset=place.offset,
            length=place.length, raw=place.text or None,
        )  # fmt: skip
    names = _PART.findall(head[0].partition("|")[2])
    fields = dict(zip(_HEADER, map(_plain, names), strict=False))
    pairs = {key: _plain(value.strip()) for key, value in _PAIR.findall(text[head.end() :])}
    labels = {key.removesuffix("Label"): value.strip('"') for key, value in pairs.items() if key.endswith("Label")}
    fields |= {labels.get(key, key): value for key, value in pairs.items() if not key.endswith("Label") and value}
    if before := text[:at].strip():
        fields["before CEF"] = before
    return Record(
        kind="cloud_app_activity", fields=fields, number=number, line=place.line, offset=place.offset, length=place.length, raw=place.text,
        quality=[] if place.text.endswith(("\n", "\r")) else ["unterminated_last_record"],
    )  # fmt: skip


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _PLAIN.get(found[1], found[1]), text)
