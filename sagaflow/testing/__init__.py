"""Tests of sagas, for any test runner: run them in the thread of the test, let days pass at once, and expect results.

from sagaflow.testing import given, moving_clock

with moving_clock():
    run = given("order-fulfilment", {...}).when("package_order", BusinessError("not_on_shelf")).run()
run.is_("rolled_back").has(award_points="compensated").undid("award_points", "take_payment", "reserve_stock")
"""

from sagaflow.testing.clock import Clock, moving_clock
from sagaflow.testing.driving import StandsStill, drive, in_status, step_in
from sagaflow.testing.fault_injection import (
    REAL,
    FaultyAttempt,
    arrives_late,
    crash,
    duplicate,
    effect_done_answer_lost,
)
from sagaflow.testing.result import RunResult, seen
from sagaflow.testing.scenario import Scenario, given
from sagaflow.testing.showcase import Showcase

__all__ = [
    # give a saga and answers, and expect a result
    "given",
    "REAL",
    "Scenario",
    "seen",
    "RunResult",
    # inject a fault into an attempt
    "arrives_late",
    "crash",
    "duplicate",
    "effect_done_answer_lost",
    "FaultyAttempt",
    # let it run
    "drive",
    "in_status",
    "step_in",
    "StandsStill",
    # let time pass
    "moving_clock",
    "Clock",
    # show runs as examples
    "Showcase",
]
