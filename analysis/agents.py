"""The browser or program and the system a user agent names, so that two texts of one program compare as one."""

import re
from functools import lru_cache

# Order matters: Edge and Opera also name Chrome, Chrome also names Safari.
_PROGRAMS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"), ("Opera", r"OPR/(\d+)"), ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Headless)?Chrome/(\d+)|CriOS/(\d+)"), ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/"),
    ("Internet Explorer", r"MSIE (\d+)|Trident/.*rv:(\d+)"), ("Outlook", r"Microsoft Outlook[ /](\d+)|Outlook-[^/]*/(\d+)"),
    ("PowerShell", r"PowerShell/(\d+)"), ("python-requests", r"python-requests/(\d+)"), ("axios", r"axios/(\d+)"),
    ("curl", r"curl/(\d+)"), ("Go", r"Go-http-client/(\d+)"), ("BAV2ROPC", r"(BAV2ROPC)"),
)  # fmt: skip
_SYSTEMS = (
    ("iOS", r"iPhone|iPad|\biOS\b"), ("Android", r"Android"), ("Windows", r"Windows"), ("macOS", r"Mac OS X|Macintosh|\bmacOS\b"),
    ("ChromeOS", r"CrOS"), ("Linux", r"Linux|X11"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def program(agent: str | None) -> str | None:
    """``Firefox 147 on Linux``; the text itself if it names no program known here."""
    text = (agent or "").strip().rstrip(";").strip()
    if not text:
        return None
    for name, pattern in _PROGRAMS:
        found = re.search(pattern, text)
        if found:
            version = next((group for group in found.groups() if group and group.isdigit()), "")
            on = system(text)
            return " ".join(part for part in (name, version, f"on {on}" if on else "") if part)
    return text


@lru_cache(maxsize=8192)
def system(text: str | None) -> str | None:
    """The kind of system a text names."""
    return next((name for name, pattern in _SYSTEMS if re.search(pattern, text or "", re.IGNORECASE)), None)


def without_version(name: str) -> str:
    """The program without its version: a browser that updates itself is no other browser."""
    return re.sub(r" \d+(?= on |$)", "", name)
