"""A proposal changes what it names, and nothing else."""

from sagaflow.core.lint import Limit, apply
from tests.core.lint.samples import A, B, C, main


def test_a_time_limit_is_given_to_the_step_that_the_proposal_names_and_to_no_other():
    limited = apply(main(A, B, C), Limit("b", 5.0))
    assert [(step.name, step.timeout) for step in limited.steps.values()] == [("a", None), ("b", 5.0), ("c", None)]
