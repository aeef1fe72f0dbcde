"""The story of a focus: one person, mailbox, address or message, told from what every analysis says of it.

Method: the rows of every sheet that name the focus, each as one sentence, in the order of the sheets; a person is looked for under
every name the logs know them by (see people.py). What Microsoft's services did is left to the sheets.

What it cannot show: what the logs call by a name nobody connects with the focus.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from m365timeline.analysis.base import Case, at, literal
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.telling import TELL
from m365timeline.schemas.findings import Findings
from m365timeline.schemas.sheets import ORDER, Answer, SheetRow
from m365timeline.schemas.story import Sentence, Story

MOST = 12  # sentences of a sheet; the others are counted
_SHORTEST = 4  # letters of a name that is looked for inside longer texts
_RANK = ("high", "medium", "low", "info")


class Focus:
    """What is looked for: every name of it. ``condition`` is what events it concerns, in SQL over the view ``events``."""

    def __init__(self, text: str, people: People) -> None:
        self.text = text.strip().strip("<>")
        key = people.of(self.text)
        self.names = sorted({name for name in people.names if people.of(name) == key})
        self._wanted = sorted({self.text.casefold(), *(name.casefold() for name in self.names)}, key=len, reverse=True)

    def names_it(self, values: Iterable[Any]) -> bool:
        """Whether one of the texts names the focus."""
        return any(
            wanted == text or (len(wanted) >= _SHORTEST and wanted in text)
            for text in (value.casefold() for value in values if isinstance(value, str))
            for wanted in self._wanted
        )

    @property
    def condition(self) -> str:
        """Events that name it as actor, mailbox, party of a message, address or message."""
        names = ", ".join(literal(name) for name in self._wanted)
        columns = (
            "actor",
            "actor_id",
            "mailbox",
            "mailbox_id",
            "on_behalf_of",
            "sender",
            "target",
            "ip",
            "network_message_id",
            "session_id",
        )
        lists = ("recipients", "message_ids")
        return " OR ".join(
            [f"lower({column}) IN ({names})" for column in columns]
            + [f"list_has_any(list_transform({column}, lambda item: lower(item)), [{names}])" for column in lists]
        )


def tell(case: Case, answers: Iterable[Answer], findings: Findings | None, text: str) -> Story:
    """What the analyses and the findings say of a focus."""
    people = case.once(learn_people)
    focus = Focus(text, people)
    told: dict[str, list[Sentence]] = {"Findings": list(_findings(findings, focus))}
    for answer in answers:
        told[answer.sheet.title] = list(_sentences(answer, focus))
    sentences, more = [], {}
    for title in (name for name in ORDER if told.get(name)):
        # The gravest are told, but in the order in which they happened.
        gravest = sorted(enumerate(told[title]), key=lambda pair: (_RANK.index(pair[1].severity), pair[0]))[:MOST]
        sentences += [sentence for _, sentence in sorted(gravest)]
        if len(told[title]) > MOST:
            more[title] = len(told[title]) - MOST
    seen = next(
        case.rows(
            f"SELECT count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last FROM events WHERE {focus.condition}"
        )
    )
    return Story(focus=text, names=focus.names, sentences=sentences, more=more, **seen)


def _sentences(answer: Answer, focus: Focus) -> Iterator[Sentence]:
    say = TELL.get(answer.sheet.title)
    titles = [column.title for column in answer.sheet.columns]
    for row in answer.rows() if say else ():
        if focus.names_it(row.values):
            text = say(dict(zip(titles, row.values, strict=True))) if say else None
            if text:
                yield _sentence(answer.sheet.title, text, row)


def _sentence(title: str, text: str, row: SheetRow) -> Sentence:
    return Sentence(sheet=title, text=" ".join(text.split()), severity=row.severity, positions=row.positions)


def _findings(findings: Findings | None, focus: Focus) -> Iterator[Sentence]:
    for found in findings.found if findings else ():
        if focus.names_it((found.who, found.target, found.what, found.reasons)):
            yield Sentence(
                sheet="Findings", text=f"{found.title}: {found.what} ({at(found.first)}).", severity=found.severity, positions=tuple(found.positions)
            )  # fmt: skip
