"""The well-known folders of a mailbox in the languages of exports: the table, the paths, and the rules that ask for them."""

import json
from collections import Counter

import pytest
from findings_kit import event, found, rule

from m365timeline.analysis.conditions import problems
from m365timeline.analysis.mail_folders import folder_names
from m365timeline.analysis.mail_rule_words import is_unseen
from m365timeline.analysis.rule_files import own_rules
from m365timeline.schemas.reference import rows

RULES = {each.id: each for each in own_rules()}
LANGUAGES = {
    "calendar": ["Calendar", "Kalender", "Calendrier", "Calendario", "Calendário", "Agenda", "予定表"],
    "contacts": ["Contacts", "Kontakte", "Contactos", "Contatti", "Contatos", "Contactpersonen", "連絡先"],
    "outbox": ["Outbox", "Postausgang", "Boîte d'envoi", "Boîte d’envoi", "Bandeja de salida", "Postvak UIT", "送信トレイ"],
    "tasks": ["Tasks", "Aufgaben", "Tâches", "Tareas", "Taken", "タスク"],
    "notes": ["Notes", "Notizen", "Notas", "Note", "Notities", "Anotações", "メモ"],
    "rss": ["RSS Feeds", "RSS Subscriptions", "RSS-Abonnements", "Abonnements RSS", "Suscripciones de RSS", "RSS-abonnementen", "Assinaturas RSS", "RSS 購読"],
    "deleted": ["Deleted Items", "Gelöschte Elemente", "Éléments supprimés", "Elementos eliminados", "Posta eliminata", "削除済みアイテム"],
    "sent": ["Sent Items", "Gesendete Elemente", "Éléments envoyés", "Elementos enviados", "Posta inviata", "送信済みアイテム"],
    "junk": ["Junk Email", "Junk-E-Mail", "Courrier indésirable", "Correo no deseado", "Uønsket e-mail", "迷惑メール"],
    "archive": ["Archive", "Archiv", "Archivo", "アーカイブ"],
    "recoverable_items": ["Recoverable Items"],
}  # fmt: skip


def test_every_row_of_the_table_says_its_basis_and_each_name_means_one_folder():
    names = [name.casefold() for names in folder_names().values() for name in names]
    assert len(names) == len(set(names))
    assert all(name == name.strip() and name for name in names)
    assert {row["basis"] for row in rows("mail_folders")} == {"seen", "term", "tools", "own"}
    marks = {folder: {row["unseen"] for row in rows("mail_folders") if row["folder"] == folder} for folder in folder_names()}  # fmt: skip
    assert all(len(mark) == 1 for mark in marks.values())


@pytest.mark.parametrize("folder", LANGUAGES)
def test_paths_lead_to_the_folder_in_every_language_and_to_no_other(folder):
    paths = [
        path
        for name in LANGUAGES[folder]
        for path in (
            name,
            f"\\{name.upper()}\\2024",
            f"amy@contoso.com:\\{name}",
            f"\\Projects | \\{name}",
            f"{name} 2",
        )
    ]
    events = [event(folder=path) for path in paths]
    for names, expected in ((folder, len(events)), ([other for other in folder_names() if other != folder], 0)):
        hits = found(events, rule(when={"field": "folder", "well_known": names}))
        assert sum(count for _, count, _ in hits) == expected, names


@pytest.mark.parametrize(
    "path",
    [
        "Archived clients",
        "My Archive",
        "Archiver",
        "\\Inbox\\Archived",
        "Archive:\\Inbox",
        "contoso.com/Archive/amy:\\Inbox",
    ],
)
def test_only_a_whole_part_of_the_path_is_the_archive(path):
    assert not is_unseen(path)
    moved = event("New-InboxRule", changed={"MoveToFolder": path, "From": "a@b.example"})
    assert found([moved], RULES["rule-hides-mail"]) == []


def counted(events, *rules):
    """How many of the events each rule's findings count, by the rule's id."""
    counts = Counter()
    for name, count, _ in found(events, *rules):
        counts[name] += count
    return counts


@pytest.mark.parametrize("folder", ["deleted", "rss", "junk", "notes", "archive"])
def test_rules_that_hide_mail_are_found_in_every_language(folder):
    names, wanted = LANGUAGES[folder], "rule-deletes-mail" if folder == "deleted" else "rule-hides-mail"
    hiding = (RULES["rule-deletes-mail"], RULES["rule-hides-mail"])
    moved = [event("New-InboxRule", changed={"MoveToFolder": f"tom:\\{name}"}) for name in names]
    assert counted(moved, *hiding) == {wanted: len(names)}
    actions = [json.dumps([{"ActionType": "MoveToFolder", "Folder": name}], ensure_ascii=False) for name in names]
    by_client = [event("UpdateInboxRules", changed={"RuleActions": text}) for text in actions]
    assert counted(by_client, *hiding) == {wanted: len(names)}
    assert all(is_unseen(f"tom:\\{name}") for name in names)


def test_sent_mail_that_is_destroyed_is_found_in_every_language():
    acts = []
    for number, name in enumerate(LANGUAGES["sent"]):
        acts.append(event("MoveToDeletedItems", number, folder=f"\\{name}", mailbox=f"user{number}@contoso.com"))
        acts.append(event("HardDelete", number + 5, mailbox=f"user{number}@contoso.com"))
    assert len(found(acts, RULES["sent-mail-destroyed"])) == len(LANGUAGES["sent"])


def test_a_right_on_a_calendar_is_no_right_on_a_mail_folder():
    granted, names = RULES["folder-permission-granted"], LANGUAGES["calendar"]
    calendars = [event("Add-MailboxFolderPermission", target=f"amy:\\{name}") for name in names]
    inboxes = [event("Add-MailboxFolderPermission", target=f"{name}:\\Inbox") for name in names]
    assert counted(calendars, granted) == {}
    assert counted(inboxes, granted) == {granted.id: len(names)}


def leaves(condition):
    inner = [*(condition.all or []), *(condition.any or []), *([condition.not_] if condition.not_ else [])]
    return [leaf for part in inner for leaf in leaves(part)] if inner else [condition]


def test_the_rules_ask_the_table_for_folders_and_keep_no_names_of_their_own():
    conditions = [part.when for each in RULES.values() for part in (each, *each.then) if part.when is not None]
    asked = [
        leaf
        for condition in conditions
        for leaf in leaves(condition)
        if leaf.field in {"folder", "dest_folder"} or leaf.change == "MoveToFolder"
    ]
    assert len(asked) >= 3
    assert all(leaf.given() == ["well_known"] for leaf in asked)


def test_a_folder_that_is_none_is_refused_with_those_there_are():
    wrong = rule(operations=["A"], when={"field": "folder", "well_known": ["sent", "sink"]}).when
    (problem,) = problems(wrong)
    assert problem.startswith("when.well_known: 'sink' is no well-known folder (inbox, outbox, sent")
