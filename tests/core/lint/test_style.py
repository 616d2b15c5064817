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


@pytest.mark.parametrize(
    ("segment", "style"),
    [
        (choreographed("main", A, B, C, team="sales"), Style.ORCHESTRATED),
        (choreographed("main", A, B, C), None),
        (choreographed("main", A, B, team="sales"), None),
        (orchestrated("main", A, B, C, team="sales"), None),
        (choreographed("main", A, Step("x", "two.x"), Step("y", "three.y"), team="sales"), None),
        (orchestrated("main", *FAN), Style.CHOREOGRAPHED),
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
