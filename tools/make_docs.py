"""Write the generated parts of the documentation: ``python tools/make_docs.py``. A test checks that they are current."""

from pathlib import Path

from m365timeline.analysis.rule_files import read_rules
from m365timeline.analysis.rule_words import in_words
from m365timeline.parsers import FORMATS, parser_class
from m365timeline.schemas.event import field_rows

ROOT = Path(__file__).resolve().parents[1]


def table_row(*cells: str) -> str:
    """One row of a Markdown table; a bar inside a cell (a PowerShell pipe) would end the cell."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def schema_page() -> str:
    """docs/schema.md."""
    lines = [
        "# The event",
        "",
        "One flat row for everything that was logged. Made from `schemas/event.py` by `tools/make_docs.py`; `m365timeline schema`",
        "prints the same, `m365timeline schema --json-schema` a JSON Schema of the JSONL output. In JSONL, fields without a value",
        "are left out, times are ISO 8601 UTC and `extra` is a nested object; in CSV, lists are joined with ` | ` and `raw` is left",
        "out; Parquet has every field with its type.",
        "",
        "Unknown stays empty: never an invented outcome, never the epoch, never an empty text for an absent value.",
    ]
    group = ""
    for row in field_rows():
        if row["group"] != group:
            group = row["group"]
            lines += ["", f"## {group[0].upper()}{group[1:]}", "", "| field | type | meaning |", "|---|---|---|"]
        lines.append(table_row(f"`{row['name']}`", row["type"], row["description"]))
    return "\n".join(lines) + "\n"


def formats_table() -> str:
    """The table of formats, as it stands in README.md and docs/formats.md."""
    lines = ["| format | what it is | where an investigator gets it |", "|---|---|---|"]
    for name in FORMATS:
        parser = parser_class(name)
        lines.append(table_row(f"`{name}`", parser.title, parser.origin))
    return "\n".join(lines) + "\n"


def formats_page() -> str:
    """docs/formats.md."""
    parts = [
        "# Formats\n\nMade from the parsers by `tools/make_docs.py`; `m365timeline formats` prints the same. What a file is, is decided by its\n"
        "content, never by its name; two parsers claiming one file is an error that names both (`--format` decides).\n\n"
        "Encodings: UTF-8 with and without mark, UTF-16 little and big endian with and without mark, Windows-1252; the decision and its\n"
        "evidence are recorded for every file. Delimiters `,` `;` tab `|` are read from the header line. `#TYPE` lines, repeated headers,\n"
        "other headers in the middle of merged files and blank rows are recognized and counted.\n\n"
        "Lists without times (inbox and transport rules, permissions, devices) say how things stood when somebody made them. Their rows\n"
        "are *states*, not events: counted as converted, kept in the case (`schemas/state.py`), shown on the sheet Context, asked for by\n"
        "analyses with `case.states()`, and never on the timeline. What is in no known format is read by a map: see [maps](maps.md).\n",
        formats_table(),
    ]
    for name in FORMATS:
        parser = parser_class(name)
        marks = parser.marks[0].upper() + parser.marks[1:]
        parts.append(
            f"## `{name}`: {parser.title}\n\n- From: {parser.origin}\n- Marked by: {marks}\n- Times: {parser.time_basis}\n- Limits: {parser.limits}\n"
        )
    return "\n".join(parts)


def rules_list() -> str:
    """Every rule, as it stands in docs/findings.md."""
    lines = []
    for path in sorted((ROOT / "analysis" / "rules").glob("*.toml")):
        lines += [f"### {path.stem.replace('_', ' ').capitalize()}", ""]
        for rule in read_rules([path]):
            lines += [f"#### `{rule.id}`: {rule.title} ({rule.severity})", "", f"{rule.why} {in_words(rule)}", ""]
            lines.append(f"- What else to check: {'; '.join(rule.check)}")
            lines.append(f"- Could be harmless: {'; '.join(rule.false_positives)}")
            lines += [f"- MITRE ATT&CK: {', '.join(rule.attack)}", ""] if rule.attack else [""]
    return "\n".join(lines)


def between(text: str, mark: str, content: str) -> str:
    """A page with current content between its marks."""
    start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    return f"{head}{start}{content}{end}{tail}"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    readme, findings = ROOT / "README.md", ROOT / "docs" / "findings.md"
    return {
        ROOT / "docs" / "schema.md": schema_page(),
        ROOT / "docs" / "formats.md": formats_page(),
        readme: between(readme.read_text(encoding="utf-8"), "formats", formats_table()),
        findings: between(findings.read_text(encoding="utf-8"), "rules", rules_list()),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))
