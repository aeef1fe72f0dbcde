"""The log of a web proxy: JSON objects no format knows, with members inside members, and the map that explains them."""

import json

from sample_story.cast import AGENTS, OFFICE_IP, PEOPLE
from sample_story.ids import at, guid
from sample_story.write_defender import LURE

MAP = """\
# How to read the log of the web proxy: m365timeline convert web_proxy.jsonl --map web_proxy.toml -o proxy.xlsx
name = "web proxy"

[time]
column = "at"
format = "epoch_ms"
meaning = "performed"

[fields]
actor = "client.user"
address = "client.address"
operation = "request.method"
target = "request.url"
device_name = "client.machine"
result = "verdict"
user_agent = "request.agent"

[constants]
workload = "Web proxy"

[outcome]
"allowed" = "success"
"denied" = "failure"
"""
_REQUESTS = (
    ("2026-03-09T08:27:19.704", "tom", "GET", LURE, "allowed"),
    ("2026-03-09T08:27:58.112", "tom", "POST", "https://sharedocs-notify.example/s/login", "allowed"),
    ("2026-03-09T09:58:03.055", "priya", "GET", LURE, "denied"),
    ("2026-03-10T07:41:30.600", "lena", "GET", "https://alderbrook.example/", "allowed"),
)


def requests() -> bytes:
    """Write the way to the false sign-in page, as the proxy of the office saw it."""
    found = [
        {
            "at": round(at(time).timestamp() * 1000), "id": guid(f"proxy:{time}"),
            "client": {"user": PEOPLE[person].upn, "address": OFFICE_IP, "machine": PEOPLE[person].machine},
            "request": {"method": method, "url": url, "agent": AGENTS["edge"][0], "bytes": 1204},
            "verdict": verdict,
        }
        for time, person, method, url, verdict in _REQUESTS
    ]  # fmt: skip
    return "".join(json.dumps(item) + "\n" for item in found).encode()
