"""What the transport service writes: lists, statuses, agent data, XML, and the journey of a message."""

import msgspec
import pytest

from m365timeline.analysis.journey import follow
from m365timeline.normalizers.trace_properties import read_properties
from m365timeline.normalizers.transport import (
    agent_words,
    decode_custom_data,
    event_step,
    failure_words,
    is_lost,
    judge,
    pair_statuses,
    read_failure,
    source_words,
    split_list,
    split_recipient_status,
    status_step,
)
from m365timeline.schemas.event import OUTCOMES
from m365timeline.schemas.message_columns import message_columns
from m365timeline.schemas.reference import rows


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("a@x##Receive, Deliver", [("a@x", ["Receive", "Deliver"])]),
        ("a@x##Receive, Send;", [("a@x", ["Receive", "Send"])]),
        ("a@x##Deliver;b@x##Fail", [("a@x", ["Deliver"]), ("b@x", ["Fail"])]),
        ('"a;b"@x##Receive;"c, d <e"@x##Fail', [('"a;b"@x', ["Receive"]), ('"c, d <e"@x', ["Fail"])]),
        ("a@x;b@x##Deliver", [("a@x", []), ("b@x", ["Deliver"])]),
        ("a@x##Deliver;b@x", [("a@x", ["Deliver"]), ("b@x", [])]),
        ("##Receive, Send", [(None, ["Receive", "Send"])]),
        ("a@x##", [("a@x", [])]),
        ("a@x", [("a@x", [])]),
        (
            "a;b@x##Deliver",
            [("a;b@x", ["Deliver"])],
        ),  # an unquoted ; inside a local part is not made into two addresses
        ('"open@x##Fail;b@x##Deliver', [('"open@x', ["Fail"]), ("b@x", ["Deliver"])]),
        ("", []),
        (" ; ", []),
    ],
)
def test_recipient_status(text, entries):
    assert split_recipient_status(text) == entries


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a@x;b@x", ("a@x", "b@x")),
        (" a@x ; ;b@x; ", ("a@x", "b@x")),
        ('"a;b"@x;c@x', ('"a;b"@x', "c@x")),
        (r'"a\";b"@x;c@x', (r'"a\";b"@x', "c@x")),
        ('"a;b@x', ('"a', "b@x")),
        ("", ()),
    ],
)
def test_list_of_addresses(text, parts):
    assert split_list(text) == parts


@pytest.mark.parametrize(
    ("recipients", "text", "statuses"),
    [
        (("a", "b"), "To;Cc", ["To", "Cc"]),
        (("a", "b"), "To;Cc;", ["To", "Cc"]),
        (
            ("a", "b"),
            "250 2.1.5 Recipient OK;550 5.1.1 Unknown user",
            ["250 2.1.5 Recipient OK", "550 5.1.1 Unknown user"],
        ),
        (("a", "b"), "550 4.4.7 QUEUE.Expired;message expired", ["550 4.4.7 QUEUE.Expired;message expired"] * 2),
        (("a", "b", "c"), "To;Cc", ["To;Cc"] * 3),
        (("a",), "550 4.4.7 QUEUE.Expired;message expired", ["550 4.4.7 QUEUE.Expired;message expired"]),
        (("a", "b"), ";Cc", [None, "Cc"]),
        (("a", "b"), None, [None, None]),
    ],
)
def test_parallel_statuses(recipients, text, statuses):
    assert pair_statuses(recipients, text) == statuses


def test_custom_data():
    text = "S:AMA=SUM|v=1|action=b|error=|atch=1;S:AMA=EV|engine=M|name=DOS/Test_File|file=a;b.txt;S:BCL=0;S:Flag;S:CompCost=|ETR=0;"
    assert decode_custom_data(text) == {
        "S:AMA": [
            {"entry": "SUM", "v": "1", "action": "b", "error": "", "atch": "1"},
            {"entry": "EV", "engine": "M", "name": "DOS/Test_File", "file": "a;b.txt"},
        ],
        "S:BCL": "0",
        "S:Flag": "",
        "S:CompCost": {"ETR": "0"},
    }
    assert agent_words(decode_custom_data(text)) == ["malware found: DOS/Test_File in a;b.txt"]
    assert decode_custom_data("something else") is None


def test_agent_names_in_any_case_and_unknown_verdicts():
    assert agent_words({"S:SFA": {"sfv": "skq"}}) == ["scanned as not filtered (released from quarantine)"]
    assert agent_words({"S:SFA": {"SFV": "XYZ"}}) == ["scanned as SFV XYZ"]
    assert agent_words({"S:SFA": "text", "S:TRA": [{"entry": "DC"}]}) == []


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        (
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
            ("550 5.1.10", "RESOLVER.ADR.RecipientNotFound; not found"),
        ),
        ("550-5.1.1 no such user", ("550-5.1.1", "no such user")),
        ("[{LRT=};{LED=450 4.4.316 Connection refused};{FQDN=}]", ("450 4.4.316", "Connection refused")),
        ("Reason: [{LED=550 5.7.1 a {b} c};{MSG=}]", ("550 5.7.1", "a {b} c")),
        ("554", ("554", None)),
        ("To", None),
        ("UserMailbox.Forwardable.Resolver.CreateRecipientItems.40", None),
        ("Reason: [{LED=};{MSG=}]", None),
    ],
)
def test_failure(text, failure):
    assert read_failure(text) == failure


def test_failure_in_words():
    assert failure_words(("550 5.1.1", "no such user")) == "550 5.1.1 no such user"
    assert failure_words(("554", None)) == "554"


def test_judgement():
    assert judge("DELIVER", None).outcome == "success"
    assert judge("DEFER", "450 4.4.316 Connection refused").failure == ("450 4.4.316", "Connection refused")
    assert judge("DEFER", "450 4.4.316 Connection refused").outcome == "unknown"
    assert judge("SEND", "250 2.1.5 Recipient OK").words == "was sent on"
    assert judge("DROP", None).outcome == "failure"
    assert judge("DROP", "250 2.0.0 done").outcome == "unknown"
    assert judge("NEWTHING", "550 5.1.1 x").outcome == "unknown"
    assert judge(None, None).words == "was logged without an event"


def test_tables_are_sound():
    events = [row for row in rows("transport_events") if row["kind"] == "event"]
    assert {row["outcome"] for row in events} | {row["outcome"] for row in rows("delivery_statuses")} <= set(OUTCOMES)
    assert all(row["words"] for table in ("transport_events", "delivery_statuses") for row in rows(table))
    assert len({row["code"] for row in events}) == len(events)
    noise = {row["code"] for row in events if row["noise"] == "yes"}
    assert {
        "HADISCARD",
        "HARECEIVE",
        "HAREDIRECT",
        "HAREDIRECTFAIL",
        "AGENTINFO",
        "NOTIFYMAPI",
        "NOTIFYSHADOW",
        "SUBMIT",
    } <= noise
    assert not noise & {
        "RECEIVE",
        "SEND",
        "SENDEXTERNAL",
        "DELIVER",
        "FAIL",
        "DSN",
        "DROP",
        "DEFER",
        "EXPAND",
        "REDIRECT",
        "RESOLVE",
    }
    assert event_step("Send external").stage == "send"
    assert status_step("filteredasspam").outcome == "unknown"
    assert source_words("mailboxrule") == "an inbox rule"


@pytest.mark.parametrize(
    "text",
    ["System.Object[]", "System.String[]", "System.Collections.Generic.KeyValuePair`2[System.String,System.Object][]"],
)
def test_lost_values(text):
    assert is_lost(text)


@pytest.mark.parametrize("text", ["System.Object", "a System.Object[]", "System.Object[] was here", "[System]", ""])
def test_other_values_are_not_lost(text):
    assert not is_lost(text)


def test_properties():
    xml = '<?xml version="1.0"?><root><MEP Name="A" String="x &amp; y"/><MEP Name="N" Integer="2"/><MEP Name="A" String="z"/></root>'
    assert read_properties(xml) == {"A": ["x & y", "z"], "N": "2"}
    assert read_properties("<root/>") == {}


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE root SYSTEM "file:///etc/passwd"><root/>',
        '<!DOCTYPE root [<!ENTITY a "b">]><root><MEP Name="A" String="&a;"/></root>',
        '<root><MEP Name="A" String="x"',
        '<root><MEP String="x"/></root>',
        '<root><MEP Name="A" String="x" Integer="1"/></root>',
        '<root><other Name="A" String="x"/></root>',
        "<root>text</root>",
        "<?php echo 1 ?><root/>",
        '<root><MEP Name="A" String="\udc80"/></root>',
        "<root>" + "<MEP Name='A' String='x'>" * 50 + "</MEP>" * 50 + "</root>",
        "not xml",
        "<root>" + " " * (1 << 20) + "</root>",
    ],
)
def test_other_xml_is_refused(xml):
    assert read_properties(xml) is None


def test_preferred_spelling_wins():
    assert message_columns(("received", "received gmt", "sender_address"))["time"] == "received gmt"
    assert message_columns(("message_subject", "subject"))["subject"] == "message_subject"


# --- the journey ------------------------------------------------------------------------------------------------------


def step(operation, *recipients, time=0, **fields):
    extra = {
        name: fields.pop(name)
        for name in ("custom_data", "related_recipient_address", "source", "detail")
        if name in fields
    }
    return {
        "operation": operation,
        "category": "mail_trace",
        "time": time,
        "recipients": list(recipients),
        "extra": msgspec.json.encode(extra).decode(),
        **fields,
    }


def test_journey_in_one_sentence():
    scanned = {"S:SFA": {"entry": "SUM", "SFV": "NSPM"}}
    journey = follow([
        step("RECEIVE", "dl@y", time=1, ip="192.0.2.7", server="EX1"),
        step("HARECEIVE", "dl@y", time=1, server="EX2"),
        step("AGENTINFO", "dl@y", time=2, custom_data=scanned),
        step("EXPAND", "a@y", time=3, related_recipient_address="dl@y"),
        step("EXPAND", "b@y", time=3, related_recipient_address="dl@y"),
        step("EXPAND", "c@y", time=3, related_recipient_address="dl@y"),
        step("DROP", "dl@y", time=4, delivery_status="250 2.1.5 RESOLVER.GRP.Expanded;expanded"),
        step("RECEIVE", "a@y", time=5, server="EX3", ip="10.0.0.1"),
        step("DEFER", "a@y", time=6),
        step("DELIVER", "a@y", time=7),
        step("DELIVER", "b@y", time=7),
        step("FAIL", "c@y", time=8),
    ])  # fmt: skip
    assert (
        journey.sentence
        == "received from 192.0.2.7 by EX1, scanned as not spam, group dl@y expanded to 3 recipients, delivered to a@y, b@y, failed to c@y"
    )
    assert [one.stage for one in journey.steps if not one.noise] == [
        "receive",
        "expand",
        "receive",
        "defer",
        "deliver",
        "fail",
    ]
    assert [one.recipients for one in journey.steps if one.stage == "deliver"] == [["a@y", "b@y"]]


def test_journey_through_an_inbox_rule():
    rule = {
        **step("REDIRECT", "eve@z", source="MAILBOXRULE", related_recipient_address="a@y"),
        "category": "forwarding",
    }
    assert (
        follow([rule, step("SENDEXTERNAL", "eve@z")]).sentence
        == "redirected by an inbox rule (eve@z, related address a@y), sent on to eve@z"
    )


def test_journey_from_trace_rows_alone():
    journey = follow(
        [step("Delivered", "a@y"), step("Receive, Fail", "b@y"), step("Expanded", "dl@y"), step("Quarantined", "c@y")]
    )
    assert journey.sentence == "group expanded (dl@y), delivered to a@y, failed to b@y, quarantined for c@y"


def test_journey_counts_long_lists_and_a_deferral_that_did_not_end():
    journey = follow([*(step("DELIVER", f"r{number}@y") for number in range(5)), step("DEFER", "z@y")])
    assert journey.sentence == "delivered to r0@y, r1@y, r2@y and 2 more, deferred for z@y"


def test_journey_passes_over_what_is_no_transport():
    read = {**step("Send", "a@y"), "category": "message_send"}
    assert follow([read, {"category": "mail_trace", "operation": None}]).steps == []
    assert follow([]).sentence == "nothing on its way is logged"
