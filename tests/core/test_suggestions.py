"""The names that a misspelt name may stand for."""

import random
from string import ascii_lowercase

import pytest

from sagaflow import Saga, Step, orchestrated
from sagaflow.core import suggestions
from sagaflow.core.definition import document
from sagaflow.core.lint import lint
from sagaflow.core.suggestions import did_you_mean, limited, misspelt

pytestmark = pytest.mark.quick


def test_a_similar_name_is_proposed():
    assert did_you_mean("Paked", ["Packed", "Sent"]) == "did you mean 'Packed'?"


def test_three_names_are_proposed_at_most():
    assert did_you_mean("pay", ["pay1", "pay2", "pay3", "pay4"]).count(" or ") == 2


def test_nothing_is_proposed_where_no_name_is_similar():
    assert did_you_mean("xyzzy", ["Packed", "Sent"]) == ""


def test_the_most_similar_names_come_first_and_those_that_are_alike_in_order():
    assert did_you_mean("Postd", ["Pasted", "Postbd", "Posted"]) == "did you mean 'Postbd' or 'Posted' or 'Pasted'?"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("totl", "total"), ("tottal", "total"), ("totel", "total"), ("toatl", "total"), ("Piad", "Paid")),
        ("card_tokn", "card_token"),
    ],
)
def test_one_mistake_makes_a_name_misspelt(name, meant):
    assert misspelt(name, ["other", meant]) == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *(("card_number", "order_number"), ("first_name", "last_name"), ("password", "password_hint")),
        *(("name", "names"), ("pin", "pine"), ("note", "not"), ("card", "cart"), ("email", "mail")),
        *(
            ("tax_number", "fax_number"),
            ("address_1", "address_2"),
            ("address", "address2"),
            ("token", "tokens"),
            ("InvoicePaid", "InvoiceSent"),
            ("OrderPaid", "OrderPaidLate"),
            ("sso", "sos"),
        ),
    ],
)
def test_a_name_of_its_own_is_not_misspelt(name, other):
    assert misspelt(name, [other]) == misspelt(other, [name]) == ""


def test_two_mistakes_and_a_plural_are_found_in_words_of_a_fixed_language():
    assert misspelt("propertys", ["properties"], fixed=True) == "did you mean 'properties'?"
    assert misspelt("descriptions", ["description"], fixed=True) == "did you mean 'description'?"
    assert misspelt("propertys", ["properties"]) == misspelt("tolat", ["total"], fixed=True) == ""


def test_a_name_that_is_known_is_no_mistake_and_a_letter_is_swapped_only_with_the_next():
    assert misspelt("total", ["total"]) == ""
    assert misspelt("locales", ["loadles"]) == ""


def test_two_mistakes_are_found_in_words_of_eight_letters_and_not_of_seven():
    assert misspelt("requoret", ["required"], fixed=True) == "did you mean 'required'?"
    assert misspelt("paddern", ["pattern"], fixed=True) == ""


def test_three_meanings_of_a_mistake_are_named_at_most():
    assert misspelt("parzel", ["parcel", "pardel", "parfel", "pargel"]).count(" or ") == 2


@pytest.mark.parametrize(("most", "told"), [(30, "did you mean 'abcdf'?"), (29, "")])
def test_names_are_compared_as_long_as_the_limit_has_letters_left(monkeypatch, most, told):
    """Six times five: a name counts as one letter more than it has, so that an empty one counts too."""
    monkeypatch.setattr(suggestions, "MOST_LETTERS", most)
    assert did_you_mean("abcde", ["abcdf", "abcdf"]) == told


@pytest.fixture
def letters(monkeypatch):
    """The pairs of letters that are compared, in a list."""
    compared = []

    def counted(kind):
        def count(name, others, **how):
            compared.append(len(name) * sum(map(len, [others] if isinstance(others, str) else others)))
            return kind(name, others, **how)

        return count

    monkeypatch.setattr(suggestions.process, "extract", counted(suggestions.process.extract))
    monkeypatch.setattr(suggestions.OSA, "distance", counted(suggestions.OSA.distance))
    return compared


def words(count, letters=20, seed=6):
    choice = random.Random(seed)
    return ["".join(choice.choices(ascii_lowercase, k=letters)) for _ in range(count)]


def steps(count, **more):
    return [{"name": name, "action": "a.b", **more} for name in words(count)]


def many_documents():
    """Documents below the limit of size in which thousands of unknown names meet many known ones."""
    names = words(1500, seed=1)
    doc = {"name": "big", "segments": [{"name": "main", "style": "orchestrated", "steps": steps(100)}]}
    after = [{**each, "after": names[at : at + 20]} for at, each in enumerate(steps(200))]
    picks = [{**each, "input": {"x": {"from": f"/steps/{names[at]}/y"}}} for at, each in enumerate(steps(300))]
    keys = [{**each, **dict.fromkeys(names[at : at + 20], 1)} for at, each in enumerate(steps(200))]
    observers = [{"name": f"o{at}", "action": "a.b", "on": [name]} for at, name in enumerate(names)]
    yield doc | {"observers": observers}
    for each in (after, picks, keys):
        yield doc | {"segments": [{**doc["segments"][0], "steps": each}]}


@pytest.mark.parametrize("doc", [*many_documents()], ids=["observers", "after", "picks", "keys"])
def test_a_document_with_many_unknown_names_is_compared_within_a_limit(doc, letters):
    faults = document.problems(doc)
    assert len(faults) >= 300
    assert letters
    assert sum(letters) <= 2 * suggestions.MOST_LETTERS, "one for the form of the document, one for its rules"


@pytest.mark.parametrize(
    "options",
    [
        {"sensitive": tuple(words(1000, seed=2)), "input_schema": {"properties": dict.fromkeys(words(2000), True)}},
        {"input_schema": {"properties": {f"p{at}": dict.fromkeys(words(10, 12, at), 1) for at in range(1200)}}},
        {"correlate": dict.fromkeys(("Ab", *(name.title() for name in words(1500))), "/id"), "starts_on": "Ab"},
    ],
    ids=["sensitive", "keywords", "correlate"],
)
def test_a_lint_of_many_unknown_names_compares_them_within_a_limit(options, letters):
    lint(Saga("big", orchestrated("main", Step("a", "a.b", undo="a.c")), **options))
    assert sum(letters) <= 2 * suggestions.MOST_LETTERS, "one for the input schema, one for the other rules"


def test_suggestions_that_share_a_limit_end_with_it_and_start_again_after_it(monkeypatch, letters):
    monkeypatch.setattr(suggestions, "MOST_LETTERS", 120)
    with limited():
        assert [did_you_mean(name, ["Packed"]) for name in ("Paked", "Packd", "Packe", "Paced")] == [
            *["did you mean 'Packed'?"] * 3,
            "",
        ]
        assert misspelt("Paced", ["Packed"]) == ""
    assert did_you_mean("Paced", ["Packed"]) == "did you mean 'Packed'?"
    assert sum(letters) == 4 * 5 * 6
