"""The query language of runs: what a text means, what is wrong with it, and that reading and writing agree."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.words.run_query import ALLOWED, FILTERS, LONGEST, Query, moment, parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

MEANINGS = {
    "": Query(),
    "saga:order status:stuck": Query(saga="order", status="stuck"),
    "step:take_payment direction:undo": Query(step="take_payment", direction="undo"),
    'error:"no money"': Query(error="no money"),
    "attention:no_worker": Query(attention="no_worker"),
    'attention:"no worker"': Query(attention="no_worker"),
    "since:24h until:2026-03-01T12:30": Query(since="24h", until="2026-03-01T12:30"),
    "customer=ada": Query(search=(("customer", "ada"),)),
    "order = S-1040": Query(search=(("order", "S-1040"),)),
    '"the name"="Ada L."': Query(search=(("the name", "Ada L."),)),
    "url=http://x/?a=b": Query(search=(("url", "http://x/?a=b"),)),
    'gateway "no money"': Query(words=("gateway", "no money")),
    '"saga:order"': Query(words=("saga:order",)),
    r'"say \"no\" \\"': Query(words=(r'say "no" \ '.strip(),)),
    "failure:ship|tyre|flat:x": Query(failure="ship|tyre|flat:x"),
    ":": Query(words=(":",)),
    '""': Query(),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_has_one_meaning(text):
    assert parse(text) == (MEANINGS[text], ())


FAULTS = {
    "stauts:stuck": (0, 12, "There is no filter `stauts`. Did you mean `status`? The filters are saga, "),
    "saga:order 12:30": (11, 16, "There is no filter `12`. The filters are saga, "),
    "status:stuk": (0, 11, "`status` cannot be `stuk`. Did you mean `stuck`? It can be open, running, "),
    "direction:back": (0, 14, "`direction` cannot be `back`. It can be do, undo."),
    "ada  saga:": (5, 10, "Enter a value after `saga:` (name of the saga)."),
    "customer=": (0, 9, "Enter a value after `customer=`, for example customer=C-9."),
    "=ada": (0, 4, "`=ada` has no name in front of it."),
    "saga:a saga:b": (7, 13, "`saga` is there already, as saga:a. Keep one."),
    "since:tomorrow": (0, 14, "`since` must be a duration such as 15m, 24h or 7d, or a date such as 2026-03-01"),
    'ada "no money': (4, 13, "A closing quotation mark is missing."),
    "a\x00": (0, 2, "'a\\x00' cannot be searched for. Use printable characters only."),
    "y" * 60 + "\x00": (0, 61, f"'{'y' * 50}' cannot be searched for. Use printable characters only."),
    "x" * (LONGEST + 1): (LONGEST, LONGEST + 1, f"The query has {LONGEST + 1} characters. The limit is {LONGEST}."),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_has_a_place_and_says_what_is_allowed(text):
    start, end, message = FAULTS[text]
    _, faults = parse(text)
    assert [(fault.start, fault.end) for fault in faults] == [(start, end)]
    assert faults[0].message.startswith(message)


def test_a_query_has_1000_characters_and_30_terms_at_most():
    assert parse("x" * 1000)[1] == ()
    [long] = parse("x" * 1001)[1]
    assert (long.start, long.end, long.message) == (1000, 1001, "The query has 1001 characters. The limit is 1000.")
    words = ["w"] * 30
    assert parse(" ".join(words)) == (Query(words=tuple(words)), ())
    query, [many] = parse(" ".join([*words, "more", "and_more"]))
    assert query.words == tuple(words)
    assert (many.start, many.end) == (60, 73)
    assert many.message.startswith("The query has more than 30 terms.")


def test_the_terms_that_can_be_read_still_filter():
    query, faults = parse("status:stuk saga:order ada")
    assert (query, len(faults)) == (Query(saga="order", words=("ada",)), 1)


def test_a_time_is_a_duration_or_a_date_in_the_zone_of_the_user():
    assert moment("15m", NOW) == NOW - timedelta(minutes=15)
    assert moment("7d", NOW) == NOW - timedelta(days=7)
    assert moment("2026-03-01T12:30", NOW, ZoneInfo("Asia/Kathmandu")) == datetime(2026, 3, 1, 6, 45, tzinfo=UTC)
    assert moment("2026-03-01T12:30+02:00", NOW) == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert moment("0001-01-01T00:00+14:00", NOW) is None
    assert moment("999999w", NOW) is None


def printable(least=1):
    return st.text(
        st.characters(exclude_categories=("C", "Z"), include_characters=' "\\:='), min_size=least, max_size=9
    )


FREE = [name for name in FILTERS if name not in ALLOWED and name not in ("since", "until")]
VALUES = (
    {name: printable() for name in FREE}
    | {name: st.sampled_from(values) for name, values in ALLOWED.items()}
    | {
        name: st.sampled_from(["15m", "24h", "7d", "2026-03-01", "2026-03-01T12:30+02:00"])
        for name in ("since", "until")
    }
)


@given(
    st.fixed_dictionaries({}, optional=VALUES),
    st.lists(st.tuples(printable(), printable()), max_size=3),
    st.lists(printable(), max_size=3),
)
def test_what_is_written_is_read_as_it_was(filters, search, words):
    query = Query(**filters, search=tuple(search), words=tuple(words))
    assert parse(query.text) == (query, ())


@given(st.text(max_size=60))
def test_any_text_is_read_and_its_shortest_form_is_stable(text):
    query, _ = parse(text)
    assert parse(query.text)[0] == query
