"""What was sent during somebody's access, and how sure the match is: asserted on the planted incident."""

from sheets import incident, matching
from test_permissions import seconds, us

from m365timeline.analysis.messages_sent import AUDIT_ONLY, SAME_ID, TRACE_ONLY


def test_victors_mail_on_behalf_of_amy_is_one_row_over_audit_and_traces():
    (mail,) = matching(incident("Messages sent"), Subject="Project Larch - updated indicative range")
    assert (mail["Sender"], mail["Sent by"]) == ("Amy.Lindqvist@alderbrook.example", "Victor.Hale@alderbrook.example")
    assert seconds(mail["Sent (UTC)"]) == us("2026-03-11T20:15:09")
    assert mail["How"] == "SendOnBehalf"
    assert mail["Recipients"] == "deals@corbel-partners.example"
    assert mail["Outside domains"] == "corbel-partners.example"
    assert "deals@corbel-partners.example: Delivered" in mail["Delivery"]
    assert mail["Match"] == SAME_ID
    assert "while in the mailbox of Amy.Lindqvist@alderbrook.example (2026-03-11 20:04:31 UTC" in mail["During"]
    assert mail.severity == "high"
    assert {event["source_type"] for event in mail.events} >= {"unified_audit_csv", "message_trace_csv"}


def test_the_mail_of_the_blind_hours_is_found_in_the_traces():
    (mail,) = matching(incident("Messages sent"), Match=TRACE_ONLY, Sender="victor.hale", Recipients="postbox.example")
    assert (
        mail["Subject"] == "FW: Project Larch - valuation model v6" + " (confidential)"
        or "valuation model v6" in mail["Subject"]
    )
    assert seconds(mail["Sent (UTC)"]) == us("2026-03-11T22:14:31")
    assert "excluded from auditing" in mail["During"]
    assert mail["Sent by"] is None  # a trace names the sender, not who sat there
    assert mail.severity == "high"


def test_the_fraud_mails_have_their_outcomes_by_recipient():
    fraud = [row for row in incident("Messages sent") if row["IP"] == "2001:db8:77aa:19::e3"]
    assert len(fraud) == 4
    assert {row["How"] for row in fraud} == {"Send", "SendAs"}
    assert sum("Failed" in (row["Delivery"] or "") for row in fraud) == 1


def test_where_no_trace_has_it_the_row_says_so():
    rows = [row for row in incident("Messages sent") if row["Match"] == AUDIT_ONLY]
    assert rows
    assert all(row["Delivery"] is None for row in rows)


def test_helens_ordinary_mail_is_no_row_of_the_traces():
    assert not [
        row
        for row in matching(incident("Messages sent"), Match=TRACE_ONLY)
        if "helen" in row["Sender"].lower() and row.severity == "high"
    ]


def test_mail_of_the_stolen_session_is_marked_with_the_sign():
    marked = [row for row in incident("Messages sent") if "may be a stolen token" in (row["During"] or "")]
    assert [row["Subject"] for row in marked] == [
        "Updated bank details for supplier payments",
        "RE: Payment run 12 March - invoices ALB-20388, ALB-20391",
        "RE: Invoice ALB-20417",
        "RE: Overdue invoice ALB-20355",
    ]
    assert {row.severity for row in marked} == {"high"}
    assert all("from 2026-03-10 05:18:40 UTC the same session id" in row["During"] for row in marked)
