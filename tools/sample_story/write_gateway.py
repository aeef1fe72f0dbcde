"""The list of a VPN gateway: a table no format knows, in German and in local time, and the map that explains it."""

from datetime import datetime, timedelta

from sample_story.cast import OFFICE_IP, PEOPLE, THIEF, usual_client
from sample_story.ids import at, number
from sample_story.write_audit_csv import lines, quoted

MAP = """\
# How to read the session list of the VPN gateway: m365timeline convert vpn_sessions.csv --map vpn_sessions.toml -o vpn.xlsx
name = "vpn gateway"

[time]
column = ["Datum", "Uhrzeit"]
format = "%d.%m.%Y %H:%M:%S"
zone = "Europe/Berlin"
meaning = "performed"

[fields]
actor = "Benutzer"
operation = "Ereignis"
address = "Quell-IP"
result = "Ergebnis"
session_id = "Sitzung"
device_name = "Gerät"

[constants]
workload = "VPN gateway"

[category]
"Anmeldung" = "signin"

[outcome]
"OK" = "success"
"Kennwort falsch" = "failure"
"""
_HEADER = ["Nr", "Datum", "Uhrzeit", "Ereignis", "Benutzer", "Quell-IP", "Gerät", "Sitzung", "Ergebnis", "Bytes"]
_ZONE = timedelta(hours=1)  # Europe/Berlin until 29 March 2026
_TRIES = ("2026-03-09T08:37:44", "2026-03-09T08:38:20")  # the thief tries the password elsewhere too


def sessions(days: tuple[str, ...]) -> bytes:
    """Write who connected from home, and two refused attempts from the thief's first address."""
    found: list[tuple[datetime, list[str]]] = []
    for day in days:
        for person in PEOPLE.values():
            client = usual_client(person, day)
            if client.ip == OFFICE_IP or not person.machine:
                continue
            begin = at(f"{day}T06:50:00") + timedelta(seconds=number(f"vpn:{person.key}:{day}", 0, 5400))
            end = begin + timedelta(seconds=number(f"vpn-length:{person.key}:{day}", 14400, 30600))
            where = [person.upn, client.ip, person.machine, f"{number(f'vpn-id:{person.key}:{day}', 10**7, 10**8)}"]
            found += [
                (begin, ["Anmeldung", *where, "OK", ""]),
                (end, ["Abmeldung", *where, "OK", str(number(f"vpn-bytes:{person.key}:{day}", 10**7, 10**9))]),
            ]
    tom = PEOPLE["tom"].upn
    found += [(at(time), ["Anmeldung", tom, THIEF.ip, "", "", "Kennwort falsch", ""]) for time in _TRIES]
    rows = [quoted(_HEADER, ";")]
    for index, (time, cells) in enumerate(sorted(found), 1):
        local = time + _ZONE
        rows.append(quoted([str(index), f"{local:%d.%m.%Y}", f"{local:%H:%M:%S}", *cells], ";"))
    return lines(rows).encode("cp1252")
