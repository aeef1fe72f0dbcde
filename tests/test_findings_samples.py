"""What the rules find in whole exports: our invented incident, and attacks recorded in real tenants."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from m365timeline.commands.progress import Progress
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.request import Request

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "samples"
INVICTUS = REAL / "ual" / "invictus"
ATTACKS = REAL / "ual" / "det-eng-samples" / "dataset"


def look(source, folder):
    """The findings of a conversion, and the timeline as rows."""
    outputs = [folder / "case.xlsx", folder / "case.parquet"]
    outcome = convert(Request(inputs=[str(source)], outputs=outputs, jobs=2), Progress(shown=False))
    columns = ["source_file", "also_in", "summary", "actor", "category", "operation"]
    return outcome.report.findings, pq.read_table(outputs[1], columns=columns).to_pylist()


@pytest.fixture(scope="module")
def incident(tmp_path_factory):
    return look(ROOT / "sample_exports", tmp_path_factory.mktemp("incident"))


PLANTED = {  # rule: what the row it names must tell
    "full-access-granted": "gave Victor.Hale@alderbrook.example permission on the mailbox of Amy.Lindqvist",
    "send-on-behalf-changed": "GrantSendOnBehalfTo: Helen Ward;Victor Hale",
    "grant-access-revoke": "gave Victor.Hale@alderbrook.example permission on the mailbox of Amy.Lindqvist",
    "purge-after-non-owner-access": "Victor",
    "sent-mail-destroyed": "Project Larch - updated indicative range",
    "audit-bypass": "AuditBypassEnabled: True",
    "download-far-above-usual": "downloaded Supplier bank details 2026.xlsx",
    "failures-then-success": "A sign-in as Tom.Okafor@alderbrook.example",
    "security-info-registered": "Tom.Okafor@alderbrook.example registered a sign-in method",
    "consent-to-mail-or-files": "gave consent to the application PostSync Mail Archive",
    "session-from-two-addresses": "Tom.Okafor@alderbrook.example",
    "new-address-then-rule": "Tom.Okafor@alderbrook.example signed in",
    "rule-hides-mail": 'created the inbox rule "."',
    "rule-looks-for-money": 'created the inbox rule "."',
    "rule-name-of-symbols": 'created the inbox rule "."',
    "forwarding-mailbox-outside": "smtp:ledger.archive@mailkeep.example",
    "mailbox-synchronized-by-application": "synchronized the folder \\Inbox",
    "mass-mail-access": "An application (id dce9543f",
    "mail-access-throttled": "accessed a message in \\Inbox",
    "purge-by-non-owner": "deleted",
    "password-reset-by-admin": "reset the password of Tom.Okafor@alderbrook.example",
    "dlp-rule-matched": "DLP match",
    "alert-of-the-service": "The alert",
}


@pytest.mark.parametrize("rule", PLANTED)
def test_every_planted_act_of_the_incident_is_found(incident, rule):
    findings, timeline = incident
    texts = [
        timeline[position - 1]["summary"] for item in findings.found if item.rule == rule for position in item.positions
    ]
    assert any(PLANTED[rule].casefold() in text.casefold() for text in texts), texts


def test_ordinary_life_around_the_incident_is_no_finding(incident):
    findings, timeline = incident
    harmless = {"Helen", "Priya", "Zoe", "Grace", "Raj", "Lena", "Owen"}
    for item in findings.found:
        people = (item.who or "").split("@")[0].split(".")[0].split(" ")[0]
        assert people not in harmless, (item.rule, item.who, item.what)
    assert findings.marked < 0.05 * len(timeline)  # the same acts stand in up to five exports
    assert len(findings.found) < 38


def test_one_act_is_one_finding_although_logs_name_its_actor_differently(incident):
    findings, _ = incident
    destroyed = [found for found in findings.found if found.rule == "purge-by-non-owner"]
    assert sorted(found.who for found in destroyed) == [
        "Tom Okafor, Tom.Okafor@alderbrook.example",
        "Victor Hale, Victor.Hale@alderbrook.example",
    ]


def test_findings_name_rows_of_their_own_actor(incident):
    findings, timeline = incident
    for item in findings.found:
        assert 1 <= len(item.positions) <= item.events
        assert all(1 <= position <= len(timeline) for position in item.positions)
        assert item.positions == sorted(item.positions)


@pytest.fixture(scope="module")
def tenant(tmp_path_factory):
    if not INVICTUS.is_dir():
        pytest.skip("the real exports are not there")
    return look(INVICTUS, tmp_path_factory.mktemp("tenant"))


@pytest.mark.samples
def test_routine_of_a_real_tenant_does_not_drown_the_page(tenant):
    findings, timeline = tenant
    assert len(timeline) > 5000
    assert findings.marked < 0.03 * len(timeline)
    named = {position for item in findings.found for position in item.positions}
    services = [
        row for row in (timeline[position - 1] for position in named) if (row["actor"] or "").startswith("NT AUTHORITY")
    ]
    assert len(services) <= 4  # one low finding about the discovery mailbox for each of the service's names


LAB = {
    "rule-forwards-outside": "korstiaan@financial-technology.com",
    "rule-deletes-mail": 'created the inbox rule "."',
    "rule-name-of-symbols": 'created the transport rule "."',
    "transport-rule-copies-mail": "BlindCopyTo: ITCornpany@gmail.com",
    "transport-rule-not-audited": "SetAuditSeverity: DoNotAudit",
    "forwarding-mailbox-outside": "smtp:ex@exdigy.net",
    "forwarding-mailbox": "smtp:sans@dutchmasterz.onmicrosoft.com",
    "consent-to-mail-or-files": "gave consent to the application rnicrosoft_office",
    "consent-for-everybody": "for everyone in the organization",
    "directory-role-powerful": "to the role Global Administrator",
    "account-created-and-privileged": "ITCornpany@dutchmasterz.onmicrosoft.com",
    "full-access-granted": "gave A.Thulile permission on the mailbox of HenriettaM",
    "full-access-to-oneself": "gave A.Thulile permission on the mailbox of HenriettaM",
    "send-as-granted": "gave ITCornpany permission on HenriettaM",
    "send-on-behalf-changed": "GrantSendOnBehalfTo: ITCornpany",
    "application-secret-added": "certificates or secrets of the application rnicrosoft_office",
    "application-permission-powerful": "to Test2: Mail.Read",
    "password-spray": "A sign-in as AdeleV@dutchmasterz.onmicrosoft.com",
    "spray-then-success": "signed in",
    "account-guessed-at": "A sign-in as GradyA@dutchmasterz.onmicrosoft.com",
    "mfa-disabled": "HenriettaM@dutchmasterz.onmicrosoft.com",
}


@pytest.mark.samples
@pytest.mark.parametrize("rule", LAB)
def test_the_attacks_of_the_lab_are_found(tenant, rule):
    findings, timeline = tenant
    texts = [
        timeline[position - 1]["summary"] for item in findings.found if item.rule == rule for position in item.positions
    ]
    assert any(LAB[rule] in text for text in texts), texts


NAMED = {  # part of the file's name: the rule it must raise
    "company administrator role": "directory-role-powerful",
    "add_role_global_admin": "directory-role-powerful",
    "ApplicationImpersonation": "impersonation-granted",
    "full access permissions.csv": "full-access-discovery-mailbox",  # the file holds the service's own grant only
    "full access permissions.json": "full-access-granted",
    "reset_mailbox_full_access": "full-access-granted",
    "SendAs permission": "send-as-granted",
    "msolspray": "password-spray",
    "o365spray": "password-spray",
    "Enable_POP_IMAP_OWA": "legacy-protocol-enabled",
    "Forward_Rule_Multi_Users": "forwarding-same-address",
    "rule_mail_forward_same_dest": "forwarding-same-address",
    "ForwardSMTPAddress": "forwarding-mailbox-outside",
    "azurehound": "attack-tool-signed-in",
    "Remove-Admin members": "directory-role-removed",
    "mass_delete_users": "accounts-deleted-or-disabled-in-mass",
    "Allusers_consent": "consent-policy-weakened",
    "rclone": "application-tool-of-attackers",
    "Strong": "mfa-disabled",
    "AuditBypassAssociation": "audit-bypass",
    "UnifiedAuditlogIngestion": "audit-log-switched-off",
    "Disable UAL ingestion": "audit-log-switched-off",
    "DlpCompliancePolicy": "dlp-weakened",
    "AuditLogAgeLimit": "audit-mailbox-age",
    "Advanced Auditing": "advanced-audit-removed",
    "New inbox rule to delete": "rule-deletes-mail",
    "Update existing mailbox rule": "rule-looks-for-money",
    "markasread_delete_all": "rule-takes-all-mail",
    "rule_mark_as_read_move": "rule-hides-mail",
    "mfa_sweep": "many-programs-in-a-short-time",
}


def records_of(text):
    """The audit records in a JSON text, whatever they are wrapped in: this test is about rules, not about wrappings."""
    decoder, position = json.JSONDecoder(), 0
    while (position := position + len(text[position:]) - len(text[position:].lstrip(", \r\n\t"))) < len(text):
        value, position = decoder.raw_decode(text, position)
        for item in value if isinstance(value, list) else [value]:
            inner = item.get("AuditData", item)
            yield json.loads(inner) if isinstance(inner, str) else inner


def as_csv(path, folder):
    names = ("RecordType", "CreationTime", "UserId", "Operation")
    with (folder / f"{path.name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["RecordType", "CreationDate", "UserIds", "Operations", "AuditData", "Identity"])
        for record in records_of(path.read_text(encoding="utf-8-sig")):
            writer.writerow([*(record.get(name) for name in names), json.dumps(record), record.get("Id")])


@pytest.mark.samples
def test_every_file_named_after_an_attack_raises_its_finding(tmp_path):
    if not ATTACKS.is_dir():
        pytest.skip("the real exports are not there")
    (tmp_path / "attacks").mkdir()
    for path in ATTACKS.iterdir():
        if path.suffix == ".json":
            as_csv(path, tmp_path / "attacks")
        else:
            (tmp_path / "attacks" / path.name).write_bytes(path.read_bytes())
    findings, timeline = look(tmp_path / "attacks", tmp_path)
    raised = {}
    for item in findings.found:
        for position in item.positions:
            row = timeline[position - 1]
            for place in [row["source_file"], *(row["also_in"] or [])]:
                raised.setdefault(place.rpartition("#")[0] or place, set()).add(item.rule)
    missing = []
    for path in sorted(ATTACKS.iterdir()):
        expected = [rule for part, rule in NAMED.items() if part in path.name]
        assert expected, f"no rule is named for {path.name}"
        found = set().union(*(rules for place, rules in raised.items() if path.name in place))
        if not set(expected) & found:
            missing.append((path.name, expected, sorted(found)))
    assert missing == [], json.dumps(missing, indent=1)
