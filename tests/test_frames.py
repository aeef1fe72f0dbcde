"""The DataFrame of a conversion says what the conversion says: nothing becomes NaN, a float or an empty text."""

import sys
from pathlib import Path

import pytest

pd = pytest.importorskip("pandas")

from m365timeline.analysis.frames import PandasMissingError, read_events  # noqa: E402 (pandas is an extra)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    from m365timeline.pipeline.convert import convert
    from m365timeline.schemas.request import Request

    class Quiet:
        def stage(self, name, total, unit):
            pass

        def advance(self, amount):
            pass

    target = tmp_path_factory.mktemp("frames") / "events.parquet"
    convert(Request(inputs=[str(ROOT / "sample_exports" / "mailbox_audit_xml")], outputs=[target]), Quiet())
    return target


def test_types_survive(parquet):
    frame = read_events(parquet)
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert str(frame["record_number"].dtype) == "Int64"
    assert set(map(type, frame["summary"])) == {str}
    assert {type(value) for value in frame["subject"]} == {str, type(pd.NA)}
    assert not (frame["subject"] == "").any()
    assert frame["time"].is_monotonic_increasing
    assert list(read_events(parquet, ["event_id", "time"]).columns) == ["event_id", "time"]


def test_without_pandas_it_says_what_to_install(parquet, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(PandasMissingError, match=r"m365timeline\[pandas\]"):
        read_events(parquet)
