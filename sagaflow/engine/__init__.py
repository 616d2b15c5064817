"""Everything that can be done to a run, as functions. Each is one transaction; hints are sent after its commit."""

from sagaflow.core.run.verbs import BULK_VERBS, VERBS
from sagaflow.engine.asking import ask, ask_for_repair, give, is_outdated, refuse
from sagaflow.engine.bulk_repair import repair_next, targets
from sagaflow.engine.callbacks import answer
from sagaflow.engine.correlation import finds_run, is_correlated
from sagaflow.engine.dead_workers import worker_died
from sagaflow.engine.events import publish
from sagaflow.engine.inbox import addressee, adopt
from sagaflow.engine.inputs import check_input, check_step_input, input_faults
from sagaflow.engine.interventions import allowed, approve, awaited, operate, plan, second_person
from sagaflow.engine.monitoring import monitor
from sagaflow.engine.overdue import leave_unserved, pass_time
from sagaflow.engine.start import NewRun, Started, start, start_many
from sagaflow.engine.transaction import deliver
from sagaflow.engine.worker import wake
from sagaflow.store import journal, state, verify

__all__ = [
    # values
    "NewRun",
    "Started",
    # verbs
    "adopt",
    "answer",
    "approve",
    "ask",
    "ask_for_repair",
    "deliver",
    "give",
    "leave_unserved",
    "operate",
    "pass_time",
    "publish",
    "refuse",
    "repair_next",
    "start",
    "start_many",
    "wake",
    "worker_died",
    # questions
    "addressee",
    "BULK_VERBS",
    "VERBS",
    "allowed",
    "awaited",
    "check_input",
    "check_step_input",
    "finds_run",
    "input_faults",
    "is_correlated",
    "is_outdated",
    "journal",
    "monitor",
    "plan",
    "second_person",
    "state",
    "targets",
    "verify",
]
