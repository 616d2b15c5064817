"""A decision says whether it ignored its report, which may come after time limits that passed before it."""

import pytest

from sagaflow.core.run.decision import Decision
from sagaflow.core.run.facts import RunCompleted, SignalIgnored
from sagaflow.core.run.journal import Entry

IGNORED, LIMIT = SignalIgnored(signal="StepSucceeded", why="stale"), RunCompleted()


@pytest.mark.parametrize(
    ("before", "own", "ignored"),
    [
        ([], [], None),
        ([], [LIMIT], None),
        ([], [IGNORED], IGNORED),
        ([], [IGNORED, LIMIT], IGNORED),
        ([], [LIMIT, IGNORED], None),
        ([LIMIT], [], None),
        ([IGNORED], [], None),
        ([IGNORED], [LIMIT], None),
        ([LIMIT, LIMIT], [IGNORED], IGNORED),
    ],
)
def test_the_first_entry_of_the_report_itself_says_whether_it_was_ignored(before, own, ignored):
    entries = tuple(Entry(seq, 1.0, 0, fact) for seq, fact in enumerate([*before, *own], 1))
    assert Decision(None, entries, passed=len(before)).ignored is ignored


def test_a_decision_has_passed_no_limit_unless_it_says_so():
    entries = (Entry(1, 1.0, 0, IGNORED), Entry(2, 1.0, 0, LIMIT))
    assert Decision(None, entries).ignored is IGNORED
