"""The people, their clients and the names of the tenant."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sample_story.ids import guid, pick, puid, sid

TENANT = "alderbrook.onmicrosoft.com"
TENANT_ID = guid("tenant:alderbrook")
DOMAIN = "alderbrook.example"
ORGANIZATION = f"EURPR07A004.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{TENANT}"
SHAREPOINT = "https://alderbrook.sharepoint.com/"
OFFICE_IP = "192.0.2.10"
SERVERS = ("AM9PR07MB4411", "AM9PR07MB4478", "DB8PR07MB6122", "VI1PR07MB5530")
BUILD = "15.20.9678.017"
FORWARD_TO = "ledger.archive@mailkeep.example"

EXCHANGE_APP = "00000002-0000-0ff1-ce00-000000000000"
OUTLOOK_APP = "d3590ed6-52b3-4102-aeff-aad2292ab01c"
OUTLOOK_WEB_APP = "9199bf20-a13f-4107-85dc-02114787ef48"
POWERSHELL_APP = "fb78d390-0c51-40cd-8e17-fdbfab77341b"
GRAPH = "00000003-0000-0000-c000-000000000000"

CHROMIUM = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36"
AGENTS = {
    "edge": (CHROMIUM.format("Windows NT 10.0; Win64; x64") + " Edg/145.0.0.0", "Windows10", "Edge"),
    "chrome": (CHROMIUM.format("Windows NT 10.0; Win64; x64"), "Windows10", "Chrome"),
    "mac": (CHROMIUM.format("Macintosh; Intel Mac OS X 10_15_7"), "MacOs", "Chrome"),
    "firefox": ("Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0", "Linux", "Firefox"),
}


@cache
def table(name: str) -> list[dict[str, str]]:
    """Read one of the story's tables."""
    with (Path(__file__).parent / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Person:
    """An account of the tenant, with the ids each log knows it by."""

    key: str
    name: str
    upn: str
    title: str
    home_ip: str
    agent: str
    machine: str

    @property
    def object_id(self) -> str:
        """The directory's id: the classic mailbox audit calls it MailboxGuid."""
        return guid(f"object:{self.key}")

    @property
    def mailbox_guid(self) -> str:
        """The mailbox's own id (ExchangeGuid): the unified log calls this one MailboxGuid."""
        return guid(f"mailbox:{self.key}")

    @property
    def puid(self) -> str:
        """The passport id."""
        return puid(self.key)

    @property
    def sid(self) -> str:
        """The security identifier."""
        return sid(self.key)

    @property
    def canonical(self) -> str:
        """The name of the account in Exchange's tree: its alias is the beginning of its address."""
        return f"{ORGANIZATION}/{self.upn.partition('@')[0]}"

    @property
    def server(self) -> str:
        """The server that holds the mailbox."""
        return pick(f"server:{self.key}", SERVERS)


PEOPLE = {row["key"]: Person(**row) for row in table("people")}


@dataclass(frozen=True)
class Client:
    """From where and with what somebody was connected."""

    kind: Literal["owa", "outlook", "rest"]
    ip: str
    agent: str
    session: str
    machine: str = ""
    app_id: str = ""

    @property
    def info(self) -> str:
        """The client info string as Exchange logs it."""
        if self.kind == "owa":
            return f"Client=OWA;{AGENTS[self.agent][0]};"
        return "Client=MSExchangeRPC" if self.kind == "outlook" else "Client=REST;Client=RESTSystem;;"


def usual_client(person: Person, day: str) -> Client:
    """Give the client a person uses on a day: Outlook in the office, the browser at home."""
    session = guid(f"session:{person.key}:{day}")
    at_home = pick(f"home:{person.key}:{day}", (True, False, False))
    if at_home or not person.machine:
        return Client("owa", person.home_ip if at_home else OFFICE_IP, person.agent, session)
    return Client("outlook", OFFICE_IP, person.agent, session, person.machine)


# The stolen session: signed in through a relay, then used from somewhere else with another browser.
STOLEN = guid("session:stolen")
THIEF = Client("owa", "203.0.113.77", "chrome", STOLEN)
THIEF_LATER = Client("owa", "2001:db8:77aa:19::e3", "firefox", STOLEN)
ARCHIVER_APP = guid("app:postsync")
ARCHIVER = Client("rest", "203.0.113.158", "firefox", guid("session:postsync"), app_id=ARCHIVER_APP)
VICTOR_HOME = Client("owa", "198.51.100.61", "chrome", guid("session:victor:evening"))
LINK_HOLDER = Client("owa", "203.0.113.214", "chrome", "")  # whoever opened the link: no account, no session
