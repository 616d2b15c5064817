"""A query and the filter of the store mean the same, in both directions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.words.run_query import Query, parse
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists.query_filter import filter_of, query_of
from tests.core.test_run_query import VALUES, printable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(
    st.fixed_dictionaries({}, optional=VALUES),
    st.dictionaries(printable(), printable(), max_size=3),
    st.lists(printable(), max_size=3),
)
def test_text_becomes_a_filter_and_the_filter_that_text_again(filters, search, words):
    text = Query(**filters, search=tuple(search.items()), words=tuple(words)).text
    wanted = filter_of(parse(text)[0], now=NOW)
    once = query_of(wanted).text
    assert filter_of(parse(once)[0], now=NOW) == wanted
    assert query_of(filter_of(parse(once)[0], now=NOW)).text == once


def test_one_attribute_cannot_have_two_values():
    with pytest.raises(BadFilter, match="No run has two values of `customer`"):
        filter_of(parse("customer=ada customer=ben")[0], now=NOW)


def test_a_typed_number_may_be_text_or_a_number():
    assert filter_of(parse("order=42")[0], now=NOW).search == {"order": ("42", 42)}
