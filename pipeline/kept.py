"""What a case folder remembers, joined with what a run is given.

A run that is given only some of a case's exports adds to the case: the others are taken from its segments, so their files
need not be there any more. A source is known again by the hash of its bytes, wherever it lies now.
"""

from collections import defaultdict
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import msgspec

from m365timeline.case.folder import CaseRecord, KeptSource, PendingRecord, check_segments, layout, read_record
from m365timeline.case.segments import Segment
from m365timeline.pipeline.gather import decide_dates
from m365timeline.pipeline.survey import Surveyed
from m365timeline.pipeline.tool import code_sha256
from m365timeline.schemas.dates import DateDecision
from m365timeline.schemas.report import News, RunReport, SourceReport
from m365timeline.schemas.request import Request
from m365timeline.sources.labels import printable


class Memory:
    """What the case of a run knew when the run began, and what it is to know afterwards."""

    def __init__(self, request: Request) -> None:
        """Read the case folder, if the run has one. Raises NoCaseError, OSError."""
        self._request = request
        self._record = read_record(request.case) if request.case else None
        self._reports: dict[int, SourceReport] = {}
        self.run = 1

    def join(self, surveyed: list[Surveyed]) -> list[Surveyed]:
        """Mark the sources the case knows, and add those that were not given again, in order of the names."""
        record, folder = self._record, self._request.case
        if record is None or folder is None:
            return surveyed
        left = self._recognize(record, surveyed)
        check_segments(folder, record, left)
        names = {item.report.name for item in surveyed}
        for kept in left:
            report = deepcopy(kept.report)
            if report.name in names:
                report.name = f"{report.name} (earlier, sha256 {report.sha256[:8]})"
            report.decisions.append("Not given again: its events are taken from the case as they were read before.")
            surveyed.append(Surveyed(report=report, format=report.format, kept=kept, arrival=kept.arrival))
        return sorted(surveyed, key=lambda item: item.report.name)

    def _recognize(self, record: CaseRecord, surveyed: Sequence[Surveyed]) -> list[KeptSource]:
        """Say of every source which run brought it; returns the kept sources that are not among them."""
        known: dict[str, list[KeptSource]] = defaultdict(list)
        for kept in record.sources:
            known[kept.report.sha256].append(kept)
        unknown = []
        for item in (item for item in surveyed if item.format):
            same = known.get(item.report.sha256)
            if same:
                place = next((kept for kept in same if kept.report.origin == item.report.origin), same[0])
                same.remove(place)
                item.arrival = place.arrival
            else:
                unknown.append(item)
        self.run = record.runs + bool(unknown)
        for item in unknown:
            item.arrival = self.run
        return [kept for group in known.values() for kept in group]

    def dates(self, item: Surveyed, segments: Sequence[Segment]) -> DateDecision | None:
        """Decide how a source's dates are read; one that was not given again keeps its decision unless an option is given."""
        if item.kept and self._request.date_order is None:
            return item.kept.dates
        return decide_dates(segments, self._request.date_order)

    def note(self, surveyed: Sequence[Surveyed]) -> None:
        """Remember the reports as they are before folding: a later run completes them anew."""
        if self._request.case:
            self._reports = {
                index: deepcopy(item.kept.report if item.kept else item.report) for index, item in enumerate(surveyed)
            }

    def news(self, surveyed: Sequence[Surveyed], found: tuple[int, int]) -> News | None:
        """What this run brought to a case that was there before; ``found`` are its new and its known events."""
        if self._record is None:
            return None
        events, known = found if self.run > self._record.runs else (0, 0)
        return News(
            sources=sum(item.format is not None and item.arrival > self._record.runs for item in surveyed),
            events=events,
            known=known,
            carried=sum(item.kept is not None for item in surveyed),
        )

    def inputs(self) -> list[str]:
        """Everything the case was ever given, in order, named from the root of the disk; a manifest needs it all."""
        given = [text if text == "-" else printable(str(Path(text).resolve())) for text in self._request.inputs]
        return list(dict.fromkeys([*(self._record.inputs if self._record else []), *given]))

    def prepare(
        self,
        surveyed: Sequence[Surveyed],
        read: dict[int, list[Segment]],
        dates: dict[int, DateDecision | None],
        report: RunReport,
        temporary: Path,
    ) -> PendingRecord | None:
        """Write what the case is to say of itself from now on, to be published when all else is. Raises OSError."""
        request = self._request
        if request.case is None:
            return None
        sources = [
            KeptSource(
                report=self._reports[index],
                segments=segments,
                dates=dates[index],
                arrival=surveyed[index].arrival,
            )
            for index, segments in read.items()
        ]
        record = CaseRecord(
            layout=layout(), version=report.version, code_sha256=code_sha256(), runs=self.run, inputs=self.inputs(), sources=sources,
            zone=request.zone, source_zone=request.source_zone, scope=request.scope, totals=report.totals,
        )  # fmt: skip
        return PendingRecord(request.case, temporary, record)

    def arguments(self, surveyed: Sequence[Surveyed]) -> dict[str, str]:
        """The run's arguments as the manifest records them: with the inputs of earlier runs whose events it holds."""
        arguments = dict(self._request.arguments)
        if any(item.kept for item in surveyed):
            arguments |= msgspec.convert({"inputs": self.inputs()}, dict)
        return arguments
