"""The linter gives its findings in the order of the document, and those of a stored saga that a newer rule refuses."""

from sagaflow import Observer, Saga, Step, orchestrated
from sagaflow.core.definition import document
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.lint import Known, Severity, lint


def test_warnings_come_before_advice_and_each_in_the_order_of_the_document():
    steps = Step("b", "one.b", undo="one.unb"), Step("a", "one.a", undo="one.una")
    observers = (Observer("news", "one.news", on=("SagaCompleted",)),)
    known = Known(actions=frozenset({"one.unb", "one.una"}))
    found = lint(Saga("s", orchestrated("main", *steps), observers=observers), known)
    unknown = [finding.element for finding in found if finding.rule == "unknown-action"]
    assert unknown == ["segments/main/steps/b", "segments/main/steps/a", "observers/news"]
    severities = [list(Severity).index(finding.severity) for finding in found]
    assert severities == sorted(severities)


def older(**options):
    """A saga as it is read back that was stored before a rule came."""
    steps = (orchestrated("main", Step("a", "one.a", undo="one.una")),)
    return document.restore(document.dump(UncheckedSaga("older", steps, **options)))


def test_a_stored_saga_with_a_fault_that_runs_do_not_meet_goes_on():
    found = lint(older(search={"no": "not a pointer"}))
    assert found
    assert all(finding.message.endswith("; its runs go on, but it cannot be published again") for finding in found)
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_a_stored_saga_whose_input_schema_is_refused_starts_no_run():
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(?<=x)a"}}}
    [finding] = lint(older(input_schema=schema))
    assert finding.message.endswith("; its runs go on, but no new run of it can start")
