"""Whole portal exports in other languages: the same records under translated headers are the same events."""

import csv
import io
import json
from pathlib import Path

import pytest

SIGNINS = (
    Path(__file__).resolve().parents[1]
    / "sample_exports"
    / "entra_signin_csv"
    / "InteractiveSignIns_2026-03-02_2026-03-20.csv"
)
ENGLISH = (
    "Date (UTC)", "Request ID", "User agent", "Correlation ID", "User ID", "User", "Username", "Application", "Resource", "IP address", "Location", "Status",
    "Sign-in error code", "Failure reason", "Client app", "Operating System",
)  # fmt: skip
LANGUAGES = {
    "spanish": (
        "Fecha (UTC)", "Id. de solicitud", "Agente de usuario", "Id. de correlación", "Id. de usuario", "Usuario", "Nombre de usuario", "Aplicación", "Recurso",
        "Dirección IP", "Ubicación", "Estado", "Código de error de inicio de sesión", "Motivo del error", "Aplicación cliente", "Sistema operativo",
    ),
    "german": (
        "Datum (UTC)", "Anforderungs-ID", "Benutzer-Agent", "Korrelations-ID", "Benutzer-ID", "Benutzer", "Benutzername", "Anwendung", "Ressource",
        "IP-Adresse", "Standort", "Status", "Anmeldefehlercode", "Fehlerursache", "Client app", "Betriebssystem",
    ),
    "french": (
        "Date (UTC)", "ID de la demande", "Agent utilisateur", "ID de corrélation", "ID d'utilisateur", "Utilisateur", "Nom d'utilisateur", "Application", "Ressource",
        "Adresse IP", "Emplacement", "État", "Code d'erreur de connexion", "Raison de l'échec", "Application cliente", "Système d'exploitation",
    ),
    "japanese": (
        "日付 (UTC)", "要求 ID", "ユーザー エージェント", "関連付け ID", "ユーザー ID", "ユーザー", "ユーザー名", "アプリケーション", "リソース",
        "IP アドレス", "場所", "状態", "サインイン エラー コード", "失敗の理由", "クライアント アプリ", "オペレーティング システム",
    ),
}  # fmt: skip
WORDS = {
    "spanish": {"Success": "Correcto", "Failure": "Error", "Interrupted": "Interrumpido"},
    "german": {"Success": "Erfolg", "Failure": "Fehler", "Interrupted": "Unterbrochen"},
    "french": {"Success": "Réussite", "Failure": "Échec", "Interrupted": "Interrompu"},
    "japanese": {"Success": "成功", "Failure": "失敗", "Interrupted": "中断"},
}
SAME = (
    "event_id", "time", "record_id", "actor", "actor_id", "ip", "outcome", "error_code", "error_text", "category", "country", "app_name", "target", "user_agent",
    "client_info", "device_os", "correlation_id", "summary",
)  # fmt: skip


def events_of(run, folder, name, rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    done = run("convert", f"{name}.csv", "-o", f"{name}.jsonl")
    assert done.returncode == 0, done.stderr
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [{field: json.loads(line).get(field) for field in SAME} for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_export_in_another_language_gives_the_same_events(run, tmp_path, language):
    with SIGNINS.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    places = [header.index(name) for name in ENGLISH]
    chosen = [[row[place] for place in places] for row in rows]
    kept = [row for row in chosen if row[11] != "Success"] + [row for row in chosen if row[11] == "Success"][:30]
    english = events_of(run, tmp_path, "english", [ENGLISH, *kept])
    translated = [[*row[:11], WORDS[language][row[11]], *row[12:]] for row in kept]
    assert events_of(run, tmp_path, language, [LANGUAGES[language], *translated]) == english
    assert {event["outcome"] for event in english} == {"success", "failure", "unknown"}
    told = json.loads((tmp_path / f"{language}.jsonl.manifest.json").read_bytes())["inputs"][0]["decisions"]
    assert not [text for text in told if "does not know" in text]


def test_a_spanish_audit_download_says_what_its_known_columns_say(run, tmp_path):
    header = "Fecha (UTC),Servicio,Categoría,Actividad,Resultado,Objetivo1NombrePrincipalDeUsuario,Agente de usuario"
    row = "2026-03-09T08:31:17Z,Core Directory,UserManagement,Reset user password,success,tom@a.example,Mozilla/5.0"
    (tmp_path / "auditoria.csv").write_text(f"{header}\r\n{row}\r\n", encoding="utf-8-sig", newline="")
    done = run("convert", "auditoria.csv", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    event = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert (event["operation"], event["outcome"], event["target"], event["time"]) == (
        "Reset user password",
        "success",
        "tom@a.example",
        "2026-03-09T08:31:17Z",
    )
    told = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["inputs"][0]
    assert told["format"] == "entra_audit_csv"
    assert not [text for text in told["decisions"] if "does not know" in text]
