"""Conditions that can never hold."""

from dataclasses import replace

from sagaflow import Step, WaitForEvent, every, nothing, where
from sagaflow.core.lint import lint
from tests.core.lint.samples import NEVER, A, main, step


def messages(saga):
    return {each.element.split("/")[-1]: each.message for each in lint(saga) if each.rule == "unreachable"}


def test_the_message_names_only_what_is_always_skipped():
    saga = main(
        A,
        step("x", condition=NEVER, undo=nothing("x"), outputs=("v",)),
        step("y", condition=every(where("/steps/x/v"), where("/steps/a/v")), undo=nothing("y")),
    )
    found = messages(saga)
    assert found["x"].startswith("its condition can never hold, so that")
    assert "(it reads the output of 'x', which is always skipped)" in found["y"]


def test_the_message_names_the_first_step_that_can_never_be_done():
    waits = [Step(name, WaitForEvent("ADone"), timeout=9.0, after=("a",)) for name in ("w2", "w1")]
    saga = main(replace(A, emits="ADone"), *waits, step("x", after=("w1", "w2"), undo=nothing("x")))
    assert "'w1' comes before it" in messages(saga)["x"]
