"""`m365timeline report`: the story of one person as a page that needs nothing else."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import openpyxl
import pytest
from exports import audit_data, purview_csv
from sheets import ROOT

from m365timeline.schemas.coverage import Coverage
from m365timeline.schemas.story import Sentence, Story
from m365timeline.writers.html.story_page import story_page

AMY = "amy.lindqvist@alderbrook.example"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    from sheets import Quiet

    from m365timeline.pipeline.convert import convert
    from m365timeline.schemas.request import Request

    folder = tmp_path_factory.mktemp("case")
    inputs = [
        str(ROOT / "sample_exports" / name) for name in ("unified_audit_csv", "admin_audit_xml", "message_trace_csv")
    ]
    convert(Request(inputs=inputs, outputs=[folder / "a.csv"], case=folder / "case"), Quiet())
    return folder / "case"


def sentences(page):
    return re.sub(r"<[^>]+>", "", page)


def test_amys_story_is_told_with_links_to_its_rows(case, run, tmp_path):
    result = run("report", case, "--mailbox", AMY, "-o", "amy.html")
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "amy.html").read_text(encoding="utf-8")
    said = sentences(page)
    assert "Victor.Hale@alderbrook.example was in the mailbox of Amy.Lindqvist@alderbrook.example as delegate" in said
    assert "“Project Larch - updated indicative range” to deals@corbel-partners.example" in said
    events = json.loads(re.search(r'id="events">(.*?)</script>', page, re.DOTALL)[1])
    there = {event["position"] for event in events}
    links = {int(number) for number in re.findall(r'href="#e(\d+)"', page)}
    assert links
    assert links <= there, "every link leads to a row of the page"
    again = run("report", case, "--mailbox", AMY, "-o", "again.html")
    assert again.returncode == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "amy.html").read_bytes()


def test_the_page_contacts_nobody(case, run, tmp_path):
    run("report", case, "--user", "tom.okafor@alderbrook.example", "-o", "tom.html")
    page = (tmp_path / "tom.html").read_text(encoding="utf-8")
    markup = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in markup.replace("&#x27;", "'")
    assert not re.search(r'\b(?:src|href|action)\s*=\s*"(?!#)', markup)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|innerHTML", markup)


def test_an_address_and_a_message_have_a_story_too(case, run, tmp_path):
    run("report", case, "--ip", "203.0.113.77", "-o", "ip.html")
    assert "Tom.Okafor@alderbrook.example" in sentences((tmp_path / "ip.html").read_text(encoding="utf-8"))
    unknown = run("report", case, "--mailbox", "nobody@nowhere.example", "-o", "none.html")
    assert unknown.returncode == 0
    assert b"no event of the case names it" in unknown.stdout
    assert "That proves nothing" in (tmp_path / "none.html").read_text(encoding="utf-8")


def test_wrong_usage_is_said(case, run, tmp_path):
    assert run("report", case, "-o", "a.html").returncode == 2
    assert run("report", case, "--mailbox", "a", "--user", "b", "-o", "a.html").returncode == 2
    assert run("report", case, "--mailbox", "a", "-o", "a.xlsx").returncode == 2
    (tmp_path / "empty").mkdir()
    assert run("report", "empty", "--mailbox", "a", "-o", "a.html").returncode == 4
    (tmp_path / "there.html").write_text("mine")
    assert run("report", case, "--mailbox", "a", "-o", "there.html").returncode == 2
    assert (tmp_path / "there.html").read_text() == "mine"


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e&amp;\u2028"


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def hostile_page():
    sentence = Sentence(sheet="Findings", text=HOSTILE, severity="high", positions=(1,))
    story = Story(focus=HOSTILE, names=[HOSTILE], events=1, first=0, last=0, sentences=[sentence], more={})
    event = dict.fromkeys(("actor", "summary", "mailbox", "subject", "outcome", "ip", "client", "source"), HOSTILE)
    events = [{"position": 1, "event_id": "e1", "time": 0, "category": HOSTILE, "severity": "high", **event}]
    return story_page(story, events, Coverage(unknown=[HOSTILE]), [HOSTILE], "0")


def test_nothing_from_the_logs_becomes_markup():
    page = hostile_page()
    parsed = Tags()
    parsed.feed(page)
    assert [tag for tag, _ in parsed.tags].count("script") == 2
    assert "img" not in [tag for tag, _ in parsed.tags]
    assert not [attrs for _, attrs in parsed.tags if any(name.startswith("on") for name in attrs)]
    assert "\u202e" not in page
    assert json.loads(re.search(r'id="events">(.*?)</script>', page, re.DOTALL)[1])[0]["summary"].startswith(
        "</script>"
    )


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser to open the page in (chromium)")
def test_a_real_browser_shows_and_filters_it(tmp_path):
    page = tmp_path / "page.html"
    check = "<script>document.getElementById('text').value='nothing like it';document.getElementById('text').dispatchEvent(new Event('input'));document.body.dataset.left=document.querySelectorAll('#rows tr').length;document.getElementById('text').value='ONERROR';document.getElementById('text').dispatchEvent(new Event('input'));document.body.dataset.found=document.querySelectorAll('#rows tr').length;</script></body>"
    page.write_text(hostile_page().replace("</body>", check), encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert 'data-left="0"' in shown
    assert 'data-found="1"' in shown
    assert "<img" not in shown


def test_a_story_that_needs_too_much_memory_is_left_out_and_the_workbook_says_so(tmp_path, monkeypatch):
    from sheets import Quiet

    from m365timeline.pipeline import question
    from m365timeline.pipeline.convert import convert
    from m365timeline.schemas.failure import TooLittleMemoryError
    from m365timeline.schemas.request import Request

    def tell(*_):
        raise TooLittleMemoryError("320 MB")

    monkeypatch.setattr(question, "tell", tell)
    (tmp_path / "log.csv").write_bytes(purview_csv([audit_data(1)]))
    request = Request(inputs=[str(tmp_path / "log.csv")], outputs=[tmp_path / "a.xlsx"], focus="amy@alderbrook.example")
    assert convert(request, Quiet()).report.story is None
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    said = " ".join(str(cell) for row in book["Summary"].iter_rows(values_only=True) for cell in row if cell)
    assert "Summary (the story of the focus)" in said
    assert "needs more than the 320 MB of memory" in said


def test_names_from_the_evidence_cannot_break_a_question(tmp_path):
    from sheets import Quiet

    from m365timeline.pipeline.convert import convert
    from m365timeline.schemas.request import Request

    hostile = "a'\0my') OR 1=1 --@alderbrook.example"
    records = [audit_data(1, UserId=hostile), audit_data(2)]
    (tmp_path / "log.json").write_text(json.dumps(records), encoding="utf-8")
    request = Request(inputs=[str(tmp_path / "log.json")], outputs=[tmp_path / "a.xlsx"], focus=hostile)
    story = convert(request, Quiet()).report.story
    assert story.events == 1
