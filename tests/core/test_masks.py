"""A saga masks its own fields in its runs, those of its sub-sagas, and the fields whose values fill these."""

import pytest

from sagaflow.core.definition.input_mapping import Pick
from sagaflow.core.definition.masks import masked_with
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated


def saga(**mapping):
    """A saga whose second step starts the sub-saga ``pay``, with this mapping of its input."""
    steps = Step("first", "s.first"), Step("sub", SubSaga("pay"), input=mapping or None)
    return Saga("shop", orchestrated("main", *steps))


def test_a_saga_without_sub_sagas_masks_its_own_fields_in_their_order():
    plain = Saga("shop", orchestrated("main", Step("first", "s.first", input={"pin": Pick("/input/code")})))
    assert masked_with(plain, ("code", "iban"), {}) == ("code", "iban")


def test_a_field_of_a_sub_saga_that_nobody_masks_adds_nothing():
    assert masked_with(saga(card=Pick("/input/number")), ("code",), {"pay": ()}) == ("code",)
    assert masked_with(saga(card=Pick("/input/number")), ("code",), {"other": ("card",)}) == ("code",)


@pytest.mark.parametrize("hidden", ["card", "CARD"])
@pytest.mark.parametrize(
    ("pointer", "source"),
    [
        ("/input/number", "number"),
        ("/input/payment/number", "number"),
        ("/input/cards/0", "cards"),
        ("/input/cards/0/number", "number"),
        ("/steps/first/token", "token"),
        ("/input/0", None),
        ("/input", None),
    ],
)
def test_what_fills_a_masked_field_of_a_sub_saga_is_masked_under_its_own_name(hidden, pointer, source):
    expected = ("code", hidden, source) if source else ("code", hidden)
    assert masked_with(saga(card=Pick(pointer), shop=Pick("/input/name")), ("code",), {"pay": (hidden,)}) == (expected)


def test_a_sub_saga_that_gets_the_whole_input_masks_its_fields_there():
    assert masked_with(saga(), (), {"pay": ("card", "pin")}) == ("card", "pin")


def test_what_another_step_fills_from_a_masked_field_is_masked_too():
    steps = (
        Step("sub", SubSaga("pay"), input={"card": Pick("/input/number")}),
        Step("tell", "s.tell", input={"digits": Pick("/input/number"), "shop": Pick("/input/name")}),
    )
    assert masked_with(Saga("shop", orchestrated("main", *steps)), (), {"pay": ("card",)}) == (
        "card",
        "number",
        "digits",
    )


def test_no_name_is_given_twice():
    assert masked_with(saga(card=Pick("/input/card")), ("card",), {"pay": ("card",)}) == ("card",)
