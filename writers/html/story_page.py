"""The page of a story: sentences, a chart, a timeline that can be filtered. Everything from the logs is escaped.

The page forbids itself every connection (Content-Security-Policy), so that opening it on a machine with a network tells nobody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.resources import files
from typing import Any

import msgspec

from m365timeline.schemas.coverage import Coverage
from m365timeline.schemas.story import Sentence, Story
from m365timeline.schemas.words import counted
from m365timeline.writers.console import plain

MOST_EVENTS = 20_000  # on one page; a browser shows these at ease
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_COLOURS = ("#1f3556", "#c8553d", "#e0a030", "#4f8a6b", "#7a5c93", "#5b9bd5", "#a9745b", "#8d99a6")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "Row",
    "Time (UTC)",
    "Who",
    "What",
    "Category",
    "Mailbox / target",
    "Subject",
    "Result",
    "IP",
    "Client",
    "Source",
)


def story_page(
    story: Story, events: Sequence[dict[str, Any]], coverage: Coverage, sources: Sequence[str], version: str
) -> str:
    """Make the page. ``events`` are timeline rows in order with position, event_id, time (µs) and the columns shown."""
    rows = [_shown(event) for event in events]
    parts = [
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">', f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">', f"<title>{_text(story.focus)} – Microsoft 365 timeline</title>",
        f"<style>{_resource('page.css')}</style></head><body>",
        f"<header><h1>{_text(story.focus)}</h1><p>{_span(story)} · made by m365timeline {_text(version)} · all times UTC</p></header><main>",
        _known_as(story), _sentences(story, {event["position"] for event in events}), _unknown(coverage), _chart(rows), _table(story, events),
        _sources(sources), f'<script type="application/json" id="events">{_json(rows)}</script>', f"<script>{_resource('page.js')}</script>",
        "</main></body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _resource(name: str) -> str:
    return files("m365timeline.writers.html").joinpath(name).read_text(encoding="utf-8")


def _text(value: object) -> str:
    """A text for the page: control and direction marks are shown as what they are."""
    return escape(plain(str(value), keep="\n\t"))


def _json(rows: list[dict[str, Any]]) -> str:
    """JSON that cannot end the element it stands in."""
    text = msgspec.json.encode(rows).decode()
    return (
        text.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _moment(us: int | None) -> str:
    return "" if us is None else f"{_EPOCH + timedelta(microseconds=us):%Y-%m-%d %H:%M:%S}"


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in event.items() if value is not None and name != "time"}
    row = {name: plain(value, keep="\n\t") if isinstance(value, str) else value for name, value in row.items()}
    if event["time"] is not None:
        row["time"] = _moment(event["time"])
    return row


def _span(story: Story) -> str:
    if not story.events:
        return "no event of the case names it"
    return f"{counted(story.events, 'event')} from {_moment(story.first) or 'an unknown time'} to {_moment(story.last) or 'an unknown time'}"


def _known_as(story: Story) -> str:
    names = ", ".join(_text(name) for name in story.names)
    return f'<p class="note">Known in the logs as: {names}</p>' if names else ""


def _sentences(story: Story, there: set[int]) -> str:
    parts, sheet = ["<h2>The story, as far as the logs tell it</h2>"], ""
    if not story.sentences:
        parts.append(
            '<p class="note">No analysis names it. That proves nothing: the logs may call it by a name nobody connects with it.</p>'
        )
    for number, sentence in enumerate(story.sentences):
        if sentence.sheet != sheet:
            sheet = sentence.sheet
            parts.append(("</ul>" if number else "") + f'<h3>{_text(sheet)}</h3><ul class="story">')
        parts.append(_sentence(sentence, there))
        last = number + 1 == len(story.sentences) or story.sentences[number + 1].sheet != sheet
        if last and story.more.get(sheet):
            parts.append(
                f'<li class="note">… and {story.more[sheet]:,} more on the sheet {_text(sheet)} of the workbook.</li>'
            )
    return "\n".join(parts) + ("</ul>" if story.sentences else "")


def _sentence(sentence: Sentence, there: set[int]) -> str:
    links = "".join(
        f'<a class="row" href="#e{position}">row {position:,}</a>'
        for position in sentence.positions[:3]
        if position in there
    )
    return f'<li class="{_text(sentence.severity)}">{_text(sentence.text)}{links}</li>'


def _unknown(coverage: Coverage) -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in coverage.unknown)
    return f'<h2>What is not known</h2><ul class="unknown">{items or "<li>No gap was found. That is no proof of completeness.</li>"}</ul>'


def _chart(rows: list[dict[str, Any]]) -> str:
    """Events per day, stacked by category, as an inline drawing."""
    days: dict[str, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for row in rows:
        if "time" in row:
            day, name = row["time"][:10], row.get("category", "other")
            days.setdefault(day, {})[name] = days.get(day, {}).get(name, 0) + 1
            totals[name] = totals.get(name, 0) + 1
    if not days:
        return ""
    first, last = (datetime.fromisoformat(day) for day in (min(days), max(days)))
    count = min((last - first).days + 1, 1000)
    names = sorted(totals, key=lambda name: (-totals[name], name))
    colours = {name: _COLOURS[min(number, len(_COLOURS) - 1)] for number, name in enumerate(names)}
    highest = max(sum(counts.values()) for counts in days.values())
    width, height, bar = 1400, 220, 1340 / count
    drawn = [f'<text x="0" y="12">{highest:,}</text><text x="0" y="{height}">0</text>']
    for number in range(count):
        day, y = f"{first + timedelta(days=number):%Y-%m-%d}", float(height)
        for name in names:
            events = days.get(day, {}).get(name, 0)
            if events:
                tall = events / highest * (height - 10)
                y -= tall
                drawn.append(
                    f'<rect x="{50 + number * bar:.1f}" y="{y:.1f}" width="{max(bar * 0.85, 0.5):.1f}" height="{tall:.1f}" fill="{colours[name]}"><title>{day}: {_text(name)} × {events:,}</title></rect>'
                )
        if number % max(1, count // 12) == 0:
            drawn.append(f'<text x="{50 + number * bar:.1f}" y="{height + 16}">{day}</text>')
    legend = "".join(
        f'<span><i style="background:{colours[name]}"></i>{_text(name)} {totals[name]:,}</span>' for name in names
    )
    return f'<h2>Events per day</h2><svg viewBox="0 0 {width} {height + 22}" role="img" aria-label="Events per day by category">{"".join(drawn)}</svg><p class="legend">{legend}</p>'


def _table(story: Story, events: Sequence[dict[str, Any]]) -> str:
    left = story.events - len(events)
    note = (
        f'<p class="note">The page holds the first {len(events):,} events and those the story rests on; {left:,} more are in the workbook.</p>'
        if left > 0
        else ""
    )
    levels = "".join(f"<option>{name}</option>" for name in ("high", "medium", "low", "info"))
    heads = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    return f"""<h2>Timeline</h2>{note}<div class="controls"><label>Text<input id="text" type="search"></label><label>Category<select id="category"><option value="">all</option></select></label>
<label>Severity<select id="severity"><option value="">all</option>{levels}</select></label><label>From<input id="since" type="date"></label><label>Until<input id="until" type="date"></label><span id="shown" class="note"></span></div>
<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody id="rows"></tbody></table></div>"""


def _sources(sources: Sequence[str]) -> str:
    items = "".join(f"<li>{_text(source)}</li>" for source in sources)
    return f'<h2>Read from</h2><ul class="note">{items}</ul>'
