"""One decision collects facts and commands, and a rollback record replaces those that say less."""

from dataclasses import replace

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run.commands import NotifyParent, RecordRollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import RunStarted, SegmentStarted
from sagaflow.core.run.state import RunState
from sagaflow.core.run.steps import Steps

pytestmark = pytest.mark.quick
SAGA = Saga("letter", orchestrated("desk", Step("write", "desk.write")))
STARTED = RunStarted(saga="letter", digest=SAGA.digest, input=None)


def empty() -> Draft:
    """A draft of the first decision about a run."""
    return Draft(SAGA, RunState.of(SAGA), 5.0)


def record(seq: int, outcome: str = "stuck", number: int = 1) -> RecordRollback:
    """The command to store a rollback record."""
    return RecordRollback(seq=seq, record={"outcome": outcome, "number": number})


def commands(*given):
    """The commands of a decision that was given these."""
    draft = empty()
    for command in given:
        draft.command(command)
    return list(draft.decision(0).commands)


def test_the_first_entry_has_no_cause_and_causes_what_follows():
    draft = empty()
    assert not draft.repeated
    first = draft.record(STARTED, causes=True)
    draft.record(SegmentStarted(segment="desk"))
    draft.record(SegmentStarted(segment="desk"))
    assert [(entry.seq, entry.cause) for entry in draft.decision(0).entries] == [(1, 0), (2, first), (3, first)]
    assert draft.recorded == 3


def test_a_decision_says_how_many_entries_are_about_limits_that_passed_before():
    draft = empty()
    draft.record(STARTED)
    assert draft.decision(1).passed == 1


def test_a_command_is_given_once():
    assert commands(NotifyParent(), NotifyParent()) == [NotifyParent()]


def test_a_later_record_of_a_stuck_rollback_replaces_the_one_before():
    assert commands(NotifyParent(), record(3), record(4)) == [NotifyParent(), record(4)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (record(3, "savepoint"), record(4)),
        (record(3), record(4, "rolled_back")),
        (record(3, number=1), record(4, number=2)),
        (record(3, number=2), record(4, number=1)),
        (record(3, "rolled_back"), record(4, "rolled_back", number=2)),
        (record(3, "savepoint"), record(4, "savepoint")),
    ],
)
def test_other_records_are_all_kept(first, second):
    assert commands(first, second) == [first, second]


def test_a_decision_without_entries_claims_no_look_at_steps_that_nobody_looked_at():
    state = replace(RunState.of(SAGA), steps=Steps(RunState.of(SAGA).steps))
    assert not Draft(SAGA, state, 5.0).decision(0).state.steps.looked
    draft = Draft(SAGA, state, 5.0)
    draft.record(STARTED)
    assert draft.decision(0).state.steps.looked
