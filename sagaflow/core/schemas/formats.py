"""The formats of JSON Schema that are checked. Any other name in ``format`` is only an annotation."""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["FORMATS"]

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9])(?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")
MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})+")
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
LONGEST_HOST = 253
LONGEST_MAILBOX = 64


def _is_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    day, sign, clock = text[:10], text[10:11], text[11:]
    return sign in ("T", "t", " ") and _is_date(day) and bool(TIME.fullmatch(clock))


def _is_host(text: str) -> bool:
    return len(text) <= LONGEST_HOST and bool(HOST.fullmatch(text))


def _is_address(text: str) -> bool:
    mailbox, at, host = text.rpartition("@")
    return bool(at) and len(mailbox) <= LONGEST_MAILBOX and bool(MAILBOX.fullmatch(mailbox)) and _is_host(host)


def _reads(kind: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            kind(text)
        except AddressValueError:
            return False
        return "%" not in text

    return check


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _is_date,
    "time": lambda text: bool(TIME.fullmatch(text)),
    "date-time": _is_moment,
    "duration": lambda text: bool(DURATION.fullmatch(text)),
    "email": _is_address,
    "hostname": _is_host,
    "ipv4": _reads(IPv4Address),
    "ipv6": _reads(IPv6Address),
    "uri": lambda text: bool(URI.fullmatch(text)),
    "uuid": lambda text: bool(UUID.fullmatch(text)),
}
"""The check of each format. Dates and times are those of RFC 3339: a time has an offset from UTC."""
