"""The ID of a run with a key follows from its saga and the key."""

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sagaflow.core.errors import Refused
from sagaflow.core.run.key import LONGEST_KEY, check_key, kept_for, run_id_of

NAMES = st.text(alphabet="ab-1", min_size=1, max_size=4)
KEYS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=LONGEST_KEY)


@given(NAMES, KEYS, NAMES, KEYS)
def test_two_runs_have_one_id_if_and_only_if_saga_and_key_are_the_same(saga, key, other, another):
    assert (run_id_of(saga, key) == run_id_of(other, another)) == ((saga, key) == (other, another))


def test_the_separator_of_saga_and_key_cannot_be_moved():
    assert run_id_of("order", "a-b") != run_id_of("order-a", "b")


@given(NAMES, KEYS)
def test_the_id_is_a_uuid_that_no_caller_may_choose(saga, key):
    made = uuid.UUID(run_id_of(saga, key))
    assert (str(made), made.version, made.variant) == (run_id_of(saga, key), 8, uuid.RFC_4122)
    assert "version 8" in kept_for(str(made))
    assert "version 5" in kept_for(str(uuid.uuid5(made, key)))


@pytest.mark.parametrize("run_id", [uuid.uuid1(), uuid.uuid3(uuid.NAMESPACE_URL, "a"), uuid.uuid4(), uuid.UUID(int=0)])
def test_a_caller_may_choose_an_id_of_another_form(run_id):
    assert not kept_for(str(run_id))
    assert not kept_for("019478f5-1c00-7a3b-9f00-000000000001")
    assert not kept_for("019478f5-1c00-5a3b-1f00-000000000001")


@pytest.mark.parametrize(
    ("key", "run_id"),
    [("order-17", "db195d3d-eab5-8519-8a69-ec6c04bf6411"), ("order-23", "f288202d-3d80-899c-b198-8686d893fcc0")],
)
def test_the_id_of_a_key_never_changes_because_runs_are_stored_under_it(key, run_id):
    assert run_id_of("order-fulfilment", key) == run_id


@given(KEYS)
@example("x" * LONGEST_KEY)
def test_a_printable_text_is_a_key(key):
    assert check_key(key) == key


@pytest.mark.parametrize(("key", "quoted"), [(" " + "x" * 49, " " + "x" * 49), (" " + "x" * 50, " " + "x" * 49)])
def test_a_refused_key_is_quoted_with_50_characters_at_most(key, quoted):
    with pytest.raises(Refused) as refused:
        check_key(key)
    assert f"The key '{quoted}' of a run" in str(refused.value)


@pytest.mark.parametrize(
    "key", ["", " ", "a ", " a", "a\nb", "a\tb", "\x00", "\ud800", "\u202e", "x" * (LONGEST_KEY + 1), 17, None, b"a"]
)
def test_what_a_reader_could_not_tell_from_another_key_is_refused(key):
    with pytest.raises(Refused, match="must be a printable text") as refused:
        check_key(key)
    assert refused.value.code == "bad-key"
