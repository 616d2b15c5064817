"""The reasons for attention, held to the one table of looks that every surface reads."""

import pytest

from sagaflow.core.run.attention import Attention
from sagaflow.flowchart.appearance import APPEARANCES

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("reason", Attention)
def test_every_reason_has_its_look_and_its_sentence(reason):
    assert APPEARANCES[reason.value].reason


def test_no_sentence_is_for_a_reason_that_is_not_in_the_list():
    assert {word for word, look in APPEARANCES.items() if look.reason} == set(Attention)
