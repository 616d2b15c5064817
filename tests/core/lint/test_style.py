"""The linter suggests the other style for a segment only for a reason."""

from dataclasses import replace

import pytest

from sagaflow import Call, Compensation, Step, Style, choreographed, irreversible, nothing, orchestrated
from sagaflow.core.lint import Restyle, Severity, apply, lint
from tests.core.lint.samples import A, B, C, order

FAN = (
    Step("create", "customer.create", undo="customer.delete"),
    Step("account", "loyalty.create", after="create", undo=nothing("unused accounts expire")),
    Step("pack", "post.send", after="create", undo=irreversible("it is in the post")),
)


STRICT = (A, B, C)


def test_each_segment_is_looked_at_and_only_its_own_steps_count():
    free = choreographed("free", replace(A, name="x"), replace(B, name="y"))
    whole = choreographed("whole", *STRICT, team="sales")
    found = [finding for finding in lint(order(free, whole)) if isinstance(finding.proposal, Restyle)]
    assert [finding.element for finding in found] == ["segments/whole"]
    assert "and 3 steps in a row have to be compensated strictly" in found[0].message
    two = choreographed("two", A, B, replace(C, after=()), team="sales")
    assert [
        each
        for each in lint(order(orchestrated("first", replace(A, name="x")), two))
        if isinstance(each.proposal, Restyle)
    ] == []


@pytest.mark.parametrize(
    ("segment", "style"),
    [
        (choreographed("main", A, B, C, team="sales"), Style.ORCHESTRATED),
        (choreographed("main", A, B, C), None),
        (choreographed("main", A, B, team="sales"), None),
        (orchestrated("main", A, B, C, team="sales"), None),
        (choreographed("main", A, Step("x", "two.x"), Step("y", "three.y"), team="sales"), None),
        (choreographed("main", A, B, replace(C, after=()), team="sales"), None),
        (choreographed("main", A, B, replace(C, does=Call("one.c")), team="sales"), None),
        (orchestrated("main", *FAN), Style.CHOREOGRAPHED),
        (orchestrated("main", FAN[0], FAN[1], replace(FAN[2], after=("account",))), None),
        (orchestrated("main", FAN[0], *(replace(FAN[1], name=name) for name in "xy")), None),
        (
            orchestrated(
                "main",
                FAN[0],
                replace(FAN[1], name="m", after=("create",)),
                *(replace(FAN[2], name=name, after=("m",)) for name in "xy"),
            ),
            None,
        ),
        (choreographed("main", *FAN), None),
        (orchestrated("main", FAN[0], replace(FAN[1], undo=Compensation(does=Call("loyalty.close"))), FAN[2]), None),
        (orchestrated("main", *FAN[:2]), None),
        (orchestrated("main", A, Step("x", "one.x", after="a"), Step("y", "one.y", after="a")), None),
    ],
)  # fmt: skip
def test_ownership_and_undo_may_argue_for_the_other_style(segment, style):
    saga = order(segment)
    found = [finding for finding in lint(saga) if isinstance(finding.proposal, Restyle)]
    assert [finding.proposal for finding in found] == ([Restyle("main", style)] if style else [])
    if style:
        assert apply(saga, found[0].proposal).segments[0].style is style
        assert found[0].severity is Severity.ADVICE
