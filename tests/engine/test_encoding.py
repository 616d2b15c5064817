"""The values that Python programs use become JSON with the same meaning, anywhere in a payload."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import canonical, checked, parse
from sagaflow.encoding import encode


class Colour(Enum):
    RED = "red"
    DEEP = Decimal("0.1")


class Size(StrEnum):
    LARGE = "large"


class Level(IntEnum):
    HIGH = 3


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str = "EUR"


@dataclass(frozen=True)
class Line:
    sku: UUID
    price: Money


class Point(NamedTuple):
    x: int
    y: int


class Text(str):
    """A subclass with its own text."""

    __slots__ = ()

    def __str__(self) -> str:
        return "another"


def back(text: str) -> datetime:
    return datetime.fromisoformat(text)


ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-3))])
VALUES: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "Decimal": (st.decimals(allow_nan=False, allow_infinity=False), Decimal),
    "datetime": (st.datetimes(timezones=ZONES), back),
    "date": (st.dates(), date.fromisoformat),
    "time": (st.times(), time.fromisoformat),
    "timedelta": (
        st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)),
        lambda seconds: timedelta(seconds=seconds),
    ),
    "UUID": (st.uuids(), UUID),
    "Enum": (st.sampled_from(Size), Size),
    "IntEnum": (st.sampled_from(Level), Level),
    "tuple": (st.tuples(st.integers(0, 9), st.integers(0, 9)), tuple),
    "NamedTuple": (st.builds(Point, st.integers(0, 9), st.integers(0, 9)), lambda found: Point(*found)),
    "dataclass": (
        st.builds(Money, st.decimals(allow_nan=False, allow_infinity=False)),
        lambda found: Money(Decimal(found["amount"]), found["currency"]),
    ),
}
PLACES = {
    "alone": (lambda value: value, lambda found: found),
    "in a list": (lambda value: [0, (value,)], lambda found: found[1][0]),
    "in an object": (lambda value: {"a": {"b": value}}, lambda found: found["a"]["b"]),
    "in a record": (lambda value: {"line": Line(UUID(int=1), value)}, lambda found: found["line"]["price"]),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_it_can_be_read_back_exactly_from_wherever_it_stands(kind, data):
    values, read = VALUES[kind]
    value = data.draw(values)
    for place, find in PLACES.values():
        text = canonical(checked(place(value), encode=encode))
        assert read(find(parse(text))) == value


def test_each_encoding_has_one_form():
    given = {
        "amount": Decimal("12.10"),
        "at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "day": date(2026, 5, 1),
        "opens": time(8, 30),
        "lasts": timedelta(minutes=2),
        "beats": timedelta(milliseconds=1500),
        "colour": Colour.RED,
        "share": Colour.DEEP,
        "size": Size.LARGE,
        "level": Level.HIGH,
        "line": Line(UUID(int=7), Money(Decimal(5))),
        "name": Text("ann"),
    }
    assert checked(given, encode=encode) == {
        "amount": "12.10",
        "at": "2026-05-01T12:00:00+00:00",
        "day": "2026-05-01",
        "opens": "08:30:00",
        "lasts": 120,
        "beats": 1.5,
        "colour": "red",
        "share": "0.1",
        "size": "large",
        "level": 3,
        "line": {"sku": "00000000-0000-0000-0000-000000000007", "price": {"amount": "5", "currency": "EUR"}},
        "name": "ann",
    }


def test_what_is_stored_is_made_of_the_types_of_json_alone():
    found = checked([Size.LARGE, Level.HIGH, Text("ann"), {Text("key"): 1}], encode=encode)
    assert [type(each) for each in found] == [str, int, str, dict]
    assert [type(key) for key in found[3]] == [str]


REFUSED = {
    "a set": ({"a": {1}}, "/a is a set; give a list"),
    "a class": ({"of": Money}, "/of is a type"),
    "an infinite amount": ({"amount": Decimal("-Infinity")}, "nan at /amount"),
    "a set in a record": (Line(UUID(int=1), {1}), "/price is a set"),
}


@pytest.mark.parametrize(("value", "says"), REFUSED.values(), ids=REFUSED)
def test_what_would_lose_something_is_refused_with_its_place(value, says):
    with pytest.raises(InvalidPayload, match=says):
        checked(value, encode=encode)


@pytest.mark.parametrize(
    ("encoder", "says"),
    [(lambda value: value, "never ends"), (lambda value: value.nothing, "raised AttributeError; correct the encoder")],
)
def test_an_encoder_that_is_wrong_is_named(encoder, says):
    with pytest.raises(InvalidPayload, match=f"/a is an object, .*{says}"):
        checked({"a": object()}, encode=encoder)
