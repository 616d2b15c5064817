"""Bombs for the operations of the designer: replacements and copies that multiply, and large pastes."""

import time

import pytest

from designer.canvas.operations import MOST, Refused, apply, read
from tests.bombs.test_definitions import saga, step

SECONDS = 8.0
LONG = "a" * 200_000
DOUBLING = {"kind": "replace-text", "find": "a", "replace": "aa"}
PLACE = {"segment": "main"}
ALIASES = "a0: &a0 [x]\n" + "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 30))


@pytest.fixture(autouse=True)
def limit():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


OPERATIONS = {
    "a letter by a book": {"kind": "replace-text", "find": "a", "replace": LONG},
    "a letter that doubles": {"kind": "together", "operations": [DOUBLING] * MOST, "said": ""},
    "more than may be together": {"kind": "together", "operations": [DOUBLING] * 20_000, "said": ""},
    "together in together": {"kind": "together", "operations": [{"kind": "together", "operations": [], "said": ""}] * 9,
                             "said": ""},
    "twenty thousand pasted steps": {"kind": "add-steps", "steps": [{"name": "s0"}] * 20_000, "place": PLACE},
    "pasted steps that have no names": {"kind": "add-steps", "steps": [[]] * 20_000, "place": PLACE},
    "a pasted text of twenty thousand steps": {
        "kind": "paste-steps", "element": "", "text": "- {name: p, action: a.b}\n" * 20_000
    },
    "a pasted text that multiplies itself": {"kind": "paste-steps", "element": "", "text": ALIASES},
    "a pasted text that is very deep": {"kind": "paste-steps", "element": "", "text": "[" * 100_000},
    "a pasted text of one long word": {"kind": "paste-steps", "element": "", "text": LONG},
    "a pasted text that is too long": {"kind": "paste-steps", "element": "", "text": LONG * 20},
    "a place after twenty thousand": {
        "kind": "move-steps", "steps": ["s0"], "place": {**PLACE, "after": [f"s{at}" for at in range(20_000)]}
    },
    "twenty thousand steps to delete": {"kind": "delete-steps", "steps": [f"x{at}" for at in range(20_000)]},
    "twenty thousand steps to wrap": {"kind": "extract-steps", "steps": ["s0"] * 20_000, "saga": LONG, "step": "x"},
    "a long name": {"kind": "rename", "element": "segments/main/steps/s0", "name": LONG},
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_that_multiplies_is_refused_before_it_has_happened(operation):
    document = saga(*(step(at) for at in range(100)), title=LONG)
    with pytest.raises(Refused):
        apply(document, read(operation))


def test_copies_of_a_large_step_stop_when_the_document_is_too_long():
    document = saga(step(0, input={f"f{at}": {"value": "w" * 1000} for at in range(200)}))
    copies = {"kind": "together", "operations": [{"kind": "duplicate-step", "step": "s0"}] * MOST, "said": "Copied."}
    with pytest.raises(Refused, match="characters longer"):
        apply(document, read(copies))


def test_as_many_operations_as_go_together_fit_into_a_request_on_a_long_document():
    document = saga(*(step(at, title="w" * 1000) for at in range(100)))
    copies = {"kind": "together", "operations": [{"kind": "duplicate-step", "step": "s0"}] * MOST, "said": "Copied."}
    assert len(apply(document, read(copies)).document["segments"][0]["steps"]) == 100 + MOST
