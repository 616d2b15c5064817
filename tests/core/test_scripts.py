"""The linter names the letter of a word that mixes scripts, and says nothing of a word in one script."""

import pytest

from sagaflow import Approval, Saga, Step, orchestrated
from sagaflow.core.lint import lint


def found(**texts):
    step = Step("pay", Approval(texts.pop("group", "bosses")), timeout=9, title=texts.pop("step", ""))
    segment = orchestrated("all", step, team=texts.pop("team", ""), title=texts.pop("segment", ""))
    return [(one.element, one.message) for one in lint(Saga("s", segment, **texts)) if one.rule == "mixed-scripts"]


@pytest.mark.parametrize(
    ("where", "element"),
    [
        ({"title": "A p\u0430yment"}, "saga"),
        ({"segment": "p\u0430yment"}, "segments/all"),
        ({"team": "p\u0430yment"}, "segments/all"),
        ({"step": "Take p\u0430yment"}, "segments/all/steps/pay"),
        ({"group": "p\u0430yment"}, "segments/all/steps/pay"),
        ({"sensitive": ("p\u0430yment",)}, "saga"),
    ],
    ids=["title", "segment", "team", "step", "group", "sensitive"],
)
def test_a_word_of_two_scripts_is_named_with_its_letter(where, element):
    [(place, message)] = found(**where)
    assert place == element
    assert "'p\u0430yment', in which '\u0430' (U+0430) is a Cyrillic letter" in message


@pytest.mark.parametrize("word", ["\u039a\u03b1fe", "\uff50ayment", "\u043e\u043f\u043b\u0430ta", "team-x\u0430"])
def test_other_scripts_that_look_alike_are_found_too(word):
    assert len(found(team=word)) == 1


@pytest.mark.parametrize(
    ("word", "letter"),
    [("\u043e\u043f\u043b\u0430ta", "'t' (U+0074) is a Latin"), ("p\u0430yment", "'\u0430' (U+0430) is a Cyrillic")],
)
def test_the_first_letter_of_the_rarer_script_is_named(word, letter):
    [(_, message)] = found(team=word)
    assert letter in message


@pytest.mark.parametrize(
    "title",
    [
        "\u041e\u043f\u043b\u0430\u0442\u0430",
        "\u041e\u043f\u043b\u0430\u0442\u0430 payment",
        "API-\u043a\u043b\u044e\u0447",
        "\u041e\u043f\u043b\u0430\u0442\u0430-2",
        "Πληρωμή",
        "Zahlung prüfen",
        "Tシャツを送る",
        "支払いAPI",
        "payment",
        "5 µs",
        "حجز hotel",
        "naïve café",
        "",
    ],
)
def test_a_title_whose_words_are_each_in_one_script_is_left_alone(title):
    assert found(title=title, team=title, step=title) == []
