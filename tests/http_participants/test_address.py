"""The denied addresses: all that could reach the inside of the network, in every notation."""

import re
import socket

import pytest

from sagaflow.core.participant import TechnicalError
from sagaflow.networks import PRIVATE as PRIVATE_NETWORKS
from sagaflow.networks import allow_list, networks
from sagaflow.participants.address import allowed_addresses, why_denied

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
PUBLIC += ["2002:5db8:d70e::1", "2001:470::5efe:93.184.215.14"]
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:ffff:ffff:0:0:80ff:fffe",
    "2001:db8::1",
    "192.0.0.192",
    "3fff::1",
    "2001:470::5efe:127.0.0.1",
    "2001:470::200:5efe:10.0.0.1",
    "fc00::5efe:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b:1::7f00:1",
    "5f00::1",
    "100::1",
]
NEVER = [
    "169.254.169.254",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "fec0::1",
    "192.88.99.1",
    "2002:a9fe:a9fe::1",
    "2001:470::5efe:169.254.169.254",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert why_denied(address, allowed=()) == ""


@pytest.mark.parametrize("address", PRIVATE + NEVER)
def test_everything_else_is_denied_by_default(address):
    assert why_denied(address, allowed=())


@pytest.mark.parametrize("address", NEVER)
def test_link_local_and_metadata_addresses_are_denied_even_where_private_ones_are_allowed(address):
    assert why_denied(address, allowed=PRIVATE_NETWORKS)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12:3456::1", "::ffff:10.0.0.1"])
def test_an_administrator_can_allow_private_addresses(address):
    assert why_denied(address, allowed=PRIVATE_NETWORKS) == ""


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]".strip("[]")])
def test_other_spellings_of_a_denied_address_are_denied(spelling):
    with pytest.raises(TechnicalError, match="denied"):
        allowed_addresses(spelling, 80, allowed=())


def test_a_name_that_also_has_a_denied_address_is_refused_as_a_whole(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(TechnicalError, match=r"'shop\.example' has the address 127\.0\.0\.1, which is denied"):
        allowed_addresses("shop.example", 80, allowed=())


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 300, "a..b"])
def test_a_name_that_leads_nowhere_is_a_technical_error(host):
    with pytest.raises(TechnicalError, match="cannot be resolved"):
        allowed_addresses(host, 80, allowed=())


def test_a_list_of_networks_allows_those_and_no_others():
    allowed = networks(("10.1.0.0/16", "100.64.0.0/10", "169.254.0.0/16"))
    assert why_denied("10.1.2.3", allowed=allowed) == why_denied("100.64.0.1", allowed=allowed) == ""
    assert why_denied("10.2.0.1", allowed=allowed)
    assert why_denied("169.254.169.254", allowed=allowed)


def test_a_list_has_networks_and_addresses_with_anything_between_them():
    assert list(map(str, allow_list("10.1.0.0/16, 127.0.0.1\n fd00::/8"))) == [
        "10.1.0.0/16",
        "127.0.0.1/32",
        "fd00::/8",
    ]
    assert allow_list(" \n") == ()
    assert allow_list("127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7") == PRIVATE_NETWORKS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("intranet", "'intranet' is not a network or an address; write it like 10.1.0.0/16 or 127.0.0.1."),
        ("10.1.2.3/16", "'10.1.2.3/16' is not the beginning of a network; write 10.1.0.0/16."),
        ("0.0.0.0/0", "'0.0.0.0/0' has too many addresses; use /8 or a longer prefix."),
        ("::/0", "'::/0' has too many addresses; use /7 or a longer prefix."),
        ("169.254.169.254", "link-local, multicast, reserved or a metadata service"),
        ("fe80::/64", "link-local, multicast, reserved or a metadata service"),
        ("10.0.0.1 " * 51, "The list has 51 entries, and 50 is the limit"),
    ],
)
def test_an_entry_of_a_list_that_cannot_be_meant_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        allow_list(text)


def test_the_lists_do_not_ask_python_what_is_public(monkeypatch):
    monkeypatch.setattr("ipaddress.IPv4Address.is_global", True)
    monkeypatch.setattr("ipaddress.IPv4Address.is_private", False)
    assert why_denied("192.168.1.1")
