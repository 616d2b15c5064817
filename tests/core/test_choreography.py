"""A reaction names the event that it reacts to, also when something else held it after that event."""

import pytest

from sagaflow.core.definition.saga import Saga, Step, choreographed
from sagaflow.core.run.facts import StepScheduled
from tests.core.world import DO, World

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("order", "latest"),
    [(("pack", "bill"), "BillCompleted"), (("bill", "pack"), "PackCompleted")],
)
def test_a_reaction_that_another_step_held_reacts_to_the_latest_of_its_events(order, latest):
    steps = (
        *(Step(name, f"s.{name}", after=()) for name in ("pack", "bill", "check")),
        Step("send", "s.send", after=("check",), on=("PackCompleted", "BillCompleted")),
    )
    world = World(Saga("parcel", choreographed("main", *steps)))
    for name in (*order, "check"):
        world.at += 1.0
        world.finish(world.claim(name, DO))
    [begun] = [
        entry.fact for entry in world.entries if isinstance(entry.fact, StepScheduled) and entry.fact.step == "send"
    ]
    assert begun.event == latest
