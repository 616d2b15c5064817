"""Steps that are pasted as text: names, links, what is left out, and texts that are refused."""

from copy import deepcopy

import pytest

from designer.canvas.draft import Draft
from designer.canvas.operations import Refused, apply
from designer.canvas.pasting import PasteSteps

pytestmark = pytest.mark.quick

SHOP = {
    "name": "shop",
    "segments": [
        {
            "name": "main",
            "style": "orchestrated",
            "steps": [
                {"name": "reserve", "action": "stock.reserve"},
                {"name": "pay", "action": "pay.take", "emits": "Paid", "pivot": True},
                {"name": "mail", "action": "mail.send"},
            ],
        }
    ],
}
PAY = "segments/main/steps/pay"


def paste(text, element=PAY, document=SHOP):
    return apply(document, PasteSteps(text, element))


def links(edit):
    return Draft(edit.document).inner_links()


def step(edit, name):
    return Draft(edit.document).step(name)


def test_pasted_steps_come_after_the_element_in_their_own_order_and_one_undo_takes_them_back():
    before = deepcopy(SHOP)
    edit = paste("- {name: a, action: x.y}\n- {name: b, action: x.y}\n")
    assert links(edit) == {"reserve": set(), "pay": {"reserve"}, "a": {"pay"}, "b": {"a"}, "mail": {"b"}}
    assert edit.sentence == "Pasted 'a' and 'b' after 'pay' and before 'mail'."
    assert apply(edit.document, edit.undo).document == SHOP == before


def test_names_that_exist_get_a_number_and_references_among_the_pasted_follow():
    edit = paste(
        "- {name: pay, action: x.y}\n- name: mail\n  action: m.s\n  input: {total: {from: /steps/pay/total}}\n"
    )
    assert step(edit, "mail_2")["input"] == {"total": {"from": "/steps/pay_2/total"}}
    assert links(edit)["mail_2"] == {"pay_2"}
    assert links(edit)["mail"] == {"mail_2"}


def test_a_new_name_is_none_that_is_pasted_too():
    edit = paste("- {name: pay, action: x.y}\n- {name: pay_2, action: x.y}\n")
    assert links(edit)["pay_2"] == {"pay_3"}


def test_what_a_step_comes_after_outside_stays_if_it_is_there_and_is_said_if_not():
    edit = paste("- {name: late, action: x.y, after: [reserve, stranger]}\n", "segments/main/steps/reserve")
    assert links(edit)["late"] == {"reserve"}
    assert edit.sentence.endswith("'late' no longer comes after 'stranger'.")
    parallel = apply(SHOP, PasteSteps("{name: aside, action: x.y, after: []}", "segments/main/steps/reserve")).document
    both = paste("- {name: a, action: x.y}\n- {name: b, action: x.y, after: [a, reserve]}\n", "saga", parallel)
    assert links(both)["b"] == {"a"}, "it comes after 'reserve' anyway"


def test_a_step_that_stands_later_is_not_waited_for():
    edit = paste("{name: early, action: x.y, after: [mail]}")
    assert links(edit)["early"] == {"pay"}
    assert "'early' no longer comes after 'mail'." in edit.sentence


def test_a_saga_keeps_one_pivot_and_an_event_one_meaning():
    edit = paste("{name: again, action: x.y, pivot: true, emits: Paid}")
    assert step(edit, "again") == {"name": "again", "action": "x.y"}
    assert "'again' is not the pivot; the saga has one." in edit.sentence
    assert "'again' no longer emits 'Paid'; another step does." in edit.sentence


def test_a_whole_saga_of_reactions_is_pasted_with_its_links():
    text = """
name: other
segments:
- name: goods
  style: choreographed
  steps:
  - {name: pack, action: stock.pack, emits: Packed}
  - {name: weigh, action: stock.weigh, on: [Packed]}
  - {name: label, action: stock.label, on: [Packed]}
"""
    edit = paste(text, "saga")
    assert links(edit) | {"reserve": set()} == {
        "reserve": set(), "pay": {"reserve"}, "mail": {"pay"}, "pack": {"mail"}, "weigh": {"pack"}, "label": {"pack"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no steps"),
        ("hello", "has no steps"),
        ("[]", "has no steps"),
        ("segments: []", "has no steps"),
        ("segments: 3", "has no steps"),
        ("- {name: a", "is not YAML that JSON can express: .* line 1"),
        ("- name: a\n  action: x.y\n- name: b\n  actoin: x.y", "line 3: 'actoin' is not a key of a step"),
        ("steps:\n- 3", "line 2: .*give an object"),
        ("segments:\n- {name: m, steps: [{action: x.y}]}", "line 2: 'name' is missing"),
        ("- {name: a, action: x.y}\n- {name: a, action: x.y}", "line 2: two steps have the name 'a'"),
        ("- {name: a, action: x.y, after: 3}", "line 1: "),
    ],
)
def test_a_bad_text_is_refused_with_its_line_and_the_rule(text, message):
    with pytest.raises(Refused, match=message):
        paste(text)


def test_a_draft_without_segments_has_no_place_for_steps():
    with pytest.raises(Refused, match="Add a segment first"):
        paste("{name: a, action: x.y}", "saga", {"name": "empty", "segments": []})
