"""The author of an action gets a context, and answers by an output, an error or a callback."""

import pytest

from sagaflow.core.participant import BusinessError, Context, TechnicalError
from sagaflow.core.run.state import Direction

pytestmark = pytest.mark.quick


def context(**more):
    names = {"run_id": "4711", "saga": "order", "step": "pay", "direction": Direction.DO, "attempt": 1, "key": "k"}
    return Context(**names, **more)


def test_an_error_says_its_message_or_else_its_code():
    assert str(BusinessError("sold_out", "Nothing is left.")) == "Nothing is left."
    assert str(BusinessError("sold_out")) == "sold_out"


def test_a_context_never_shows_payloads_when_it_is_logged():
    shown = repr(context(input="secret-1", outputs={"a": "secret-2"}, output="secret-3"))
    assert "secret" not in shown
    assert "'pay'" in shown


def test_a_run_is_in_its_first_round_until_it_returns_to_a_save_point_and_its_id_is_the_correlation_id():
    assert (context().round, context().correlation_id) == (0, "4711")


def test_a_callback_is_opened_by_the_engine_and_refused_elsewhere():
    assert context(open_callback=lambda: "token").callback() == "token"
    with pytest.raises(TechnicalError, match="Step 'pay' cannot open a callback here; run it through the engine"):
        context().callback()
