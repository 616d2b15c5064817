"""The law of equivalence: the same steps with the same outcomes reach the same end, in every style."""

import heapq
import zlib
from typing import Any

from hypothesis import given, note

from sagaflow.core.definition.saga import Style
from sagaflow.core.run import reports
from sagaflow.core.run.queries import claimable, wake_at
from tests.core.strategies import restyle, saga_and_script
from tests.core.thoroughness import examples
from tests.core.world import World


@given(saga_and_script(kinds=("call", "event", "timer", "approval")))
@examples(300)
def test_one_mark_changed_nothing_changed(pair):
    saga, script = pair
    note(f"script {script}")
    ends = [play(World(each, script, input={"flag": True})) for each in (saga, *(restyle(saga, s) for s in Style))]
    assert ends[0] == ends[1] == ends[2]


def play(world: World) -> tuple[Any, ...]:
    """Play with enough workers. Each attempt has a duration that does not depend on the style."""
    landing: list[tuple[float, str, int]] = []
    flights: dict[int, Any] = {}
    for _ in range(3000):
        for step, direction in claimable(world.saga, world.state, world.at):
            flight = world.claim(step, direction)
            flights[flight.token] = flight
            seconds = 1 + zlib.crc32(f"{step}{direction}{flight.attempt}".encode()) % 1000 / 100
            heapq.heappush(landing, (world.at + seconds, step, flight.token))
        if said := world.outside():
            world.report(said[0])
            continue
        moments = [landing[0][0]] if landing else []
        if (due := wake_at(world.saga, world.state)) is not None:
            moments.append(due)
        if not moments or (world.state.status.ended and not landing):
            break
        world.at = max(world.at, min(moments))
        if landing and landing[0][0] <= world.at:
            world.finish(flights[heapq.heappop(landing)[2]])
        else:
            world.report(reports.TimePassed())
    world.check_end()
    statuses = {name: (step.status, step.round, step.output) for name, step in world.state.steps.items()}
    return world.state.status, statuses, frozenset(world.done)
