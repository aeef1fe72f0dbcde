"""Microsoft Teams (record type 25 and kin): teams, channels, chats, members, messages, apps, meetings.

The text of messages is never logged. The role of a member is 1 member, 2 owner, 3 guest: real records prove it against
Microsoft's own table. Changes made in the directory are logged as done by "Microsoft Teams Sync".
"""

from typing import Any

from m365timeline.normalizers.audit_data.common import known, text_of, whole
from m365timeline.normalizers.audit_data.operations import client_of, find, say
from m365timeline.normalizers.audit_data.properties import items_of, texts_of, unwrap
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.reference import lookup

KEYS: frozenset[str] = frozenset()


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill the place (team, channel, chat or meeting), the people and the thing added or changed."""
    get = data.get
    _fill_target(event, data)
    event.user_agent = text_of(get("UserAgent"))
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    event.device_id = known(get("DeviceId"))
    event.size_bytes = whole(get("MessageSizeInBytes"))
    event.changes = _changes(data)
    operation = find("teams", event.operation or "")
    event.category = operation.category if operation else "other"
    if operation and operation.target_type:
        event.target_type = operation.target_type
    event.summary = say(event, operation, **_places(event, data))


def _fill_target(event: Event, data: dict[str, Any]) -> None:
    """The most precise place that is named; ids only where there is no name."""
    get = data.get
    team = text_of(get("TeamName")) or text_of(get("TeamGuid"))
    channel = text_of(get("ChannelName")) or text_of(get("ChannelGuid"))
    chat = text_of(get("ChatName")) or text_of(get("ChatThreadId"))
    if channel:
        event.target, event.target_type = (f"{team} / {channel}" if team else channel), "channel"
    elif team:
        event.target, event.target_type = team, "team"
    elif chat:
        event.target, event.target_type = chat, "chat"
    else:
        event.target = text_of(get("ItemName")) or text_of(get("MeetingURL")) or text_of(get("ObjectId"))


def _changes(data: dict[str, Any]) -> list[Change] | None:
    """A changed setting: its name with old and new value."""
    name = text_of(data.get("Name"))
    old, new = text_of(data.get("OldValue")), text_of(data.get("NewValue"))
    if name is None or (old is None and new is None):
        return None
    return [Change(name, unwrap(old or ""), unwrap(new or ""))]


def _places(event: Event, data: dict[str, Any]) -> dict[str, str]:
    places = {"target": _place(event, data)}
    people = _people(data)
    thing = _thing(data)
    if people or thing:
        places["other"] = people or thing
    if people:
        places["among"] = f" with {people}"
    setting = text_of(data.get("Name"))
    places["setting"] = f"the setting {cut(setting)}" if setting else "a setting"
    links = texts_of(data.get("MessageURLs"))
    if links:
        places["link"] = f": {cut(listed(links))}"
    item = text_of(data.get("ItemName"))
    if item:
        places["item"] = f" ({cut(item)})"
    return places


def _place(event: Event, data: dict[str, Any]) -> str:
    team, channel = text_of(data.get("TeamName")), text_of(data.get("ChannelName"))
    if channel:
        return f"the channel {cut(channel)}" + (f" of the team {cut(team)}" if team else "")
    if event.target is None:
        return "(not named)"
    kind = {"team": "the team ", "channel": "the channel ", "chat": "the chat "}.get(event.target_type or "", "")
    return kind + cut(event.target)


def _people(data: dict[str, Any]) -> str:
    """Members with their role, attendees, or an invitee, by name."""
    names = []
    for member in items_of(data.get("Members")):
        role = text_of(member.get("Role"))
        words = lookup("teams_member_roles", "value", "name").get(role, f"role {role}") if role else ""
        names.append(_name(member) + (f" ({words})" if words else ""))
    names = names or [_name(attendee) for attendee in items_of(data.get("Attendees"))]
    return listed(names, 5) or cut(text_of(data.get("Invitee")) or "")


def _name(person: dict[str, Any]) -> str:
    return cut(
        text_of(person.get("UPN"))
        or text_of(person.get("DisplayName"))
        or text_of(person.get("UserObjectId"))
        or "(not named)",
        60,
    )


def _thing(data: dict[str, Any]) -> str:
    """An app, bot, connector or tab."""
    kinds = {"1": "the bot ", "2": "the connector ", "3": "the tab "}
    name = text_of(data.get("AddOnName")) or text_of(data.get("AppName")) or text_of(data.get("TabType"))
    if name is None:
        return ""
    return kinds.get(text_of(data.get("AddOnType")) or "", "the app ") + cut(name)
