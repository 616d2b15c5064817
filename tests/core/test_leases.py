"""Due work is claimed, only its holder renews the lease, and missing code is journalled for that step."""

import pytest

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.core.run import facts
from tests.core.world import DO, LEASE, UNDO, World


def shop():
    return World(Saga("shop", orchestrated("main", Step("pay", "payment.charge"), Step("ship", "post.send"))))


@pytest.mark.parametrize(
    ("step", "says"),
    [("ship", "'ship' of 'shop' is pending and cannot"), ("nowhere", "'nowhere' of 'shop' is not a step of it")],
)
def test_a_claim_of_what_is_not_due_says_how_the_step_stands(step, says):
    with pytest.raises(Refused, match=says):
        shop().report(facts.StepClaimed(step=step, direction=DO, worker="w", lease=LEASE))


@pytest.mark.parametrize(("attempt", "token"), [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)])
def test_only_the_very_attempt_and_token_that_were_claimed_renew_a_lease(attempt, token):
    world = shop()
    held = world.claim("pay", DO)
    renewal = facts.LeaseRenewed(
        step="pay", direction=DO, attempt=held.attempt + attempt, token=held.token + token, lease=LEASE
    )
    if (attempt, token) == (0, 0):
        world.report(renewal)
    else:
        with pytest.raises(Refused, match="Stop the work"):
            world.report(renewal)


@pytest.mark.parametrize("told", ["left", "middle", "right"])
def test_work_without_a_worker_is_journalled_for_the_step_that_was_named_and_for_no_other(told):
    names = ("left", "middle", "right")
    world = World(Saga("fan", orchestrated("main", *(Step(name, f"a.{name}", after=()) for name in names))))
    world.report(facts.WorkUnserved(step=told, direction=DO, needs=f"a.{told}", since=world.at))
    assert [name for name in names if world.state.steps[name].unserved_since is not None] == [told]


def renewal(held, **changes):
    given = {"step": "pay", "direction": DO, "attempt": held.attempt, "token": held.token, "lease": LEASE} | changes
    return facts.LeaseRenewed(**given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"direction": UNDO}, "the step is running"), ({"step": "nowhere"}, "the step is not a step of it")],
)
def test_a_lease_is_of_one_step_in_one_direction(changes, says):
    world = shop()
    held = world.claim("pay", DO)
    with pytest.raises(Refused, match=f"{says}. Stop the work"):
        world.report(renewal(held, **changes))


def test_a_step_that_waits_for_its_answer_has_no_lease_to_renew():
    world = shop()
    held = world.claim("pay", DO)
    world.report(facts.StepAccepted(step="pay", attempt=held.attempt, token=held.token))
    with pytest.raises(Refused, match="the step is waiting"):
        world.report(renewal(held))
