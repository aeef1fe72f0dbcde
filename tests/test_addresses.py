"""Addresses: cleaned where that is certain, kept as text where it is not."""

import pytest

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address


@pytest.mark.parametrize(
    ("text", "ip", "port", "host"),
    [
        ("80.114.221.214:52378", "80.114.221.214", 52378, None),
        ("[2603:10a6:10:2e:cafe::9]:30943", "2603:10a6:10:2e:cafe::9", 30943, None),
        ("2603:10a6:10:2e:cafe::9", "2603:10a6:10:2e:cafe::9", None, None),
        ("::ffff:203.0.113.9", "203.0.113.9", None, None),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9", 443, None),
        ("[203.0.113.9]", "203.0.113.9", None, None),
        ("fe80::1%3", "fe80::1%3", None, None),
        ("HOST (10.1.2.3)", "10.1.2.3", None, "HOST"),
        ("[HOST (10.1.2.3)]", "10.1.2.3", None, "HOST"),
        ("localhost:8080", None, 8080, "localhost"),
        ("123.456.789.012", None, None, "123.456.789.012"),
        ("<null>", None, None, None),
        ("", None, None, None),
        ("ffff:10.11.0.229", None, None, "ffff:10.11.0.229"),
    ],
)
def test_forms_of_addresses(text, ip, port, host):
    address = clean_address(text)
    assert (address.ip, address.port, address.host) == (ip, port, host)


@pytest.mark.parametrize(
    ("text", "user_type", "name", "kind"),
    [
        ("amy@contoso.example", "0", "amy@contoso.example", "regular"),
        (
            "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)",
            "3",
            "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)",
            "system",
        ),
        ("Administrator@apcprd03.prod.outlook.com", "2", "Administrator@apcprd03.prod.outlook.com", "microsoft"),
        ("corp.contoso.example/Users/Administrator", "", "Administrator", "unknown"),
        ("guest_fabrikam.example#EXT#@contoso.example", "0", "guest_fabrikam.example#EXT#@contoso.example", "guest"),
        ("ServicePrincipal_1", "4", "ServicePrincipal_1", "service_principal"),
        ("Not Available", "2", None, "admin"),
        ("x", "DcAdmin", "x", "microsoft"),
    ],
)
def test_forms_of_actors(text, user_type, name, kind):
    actor = read_actor(text, user_type)
    assert (actor.name, actor.kind) == (name, kind)


def test_on_behalf_of_names_both():
    actor = read_actor('"contoso.example/Users/Bob" on behalf of "contoso.example/Users/Amy"')
    assert (actor.name, actor.on_behalf_of) == ("Bob", "Amy")
