"""A mapped input reaches actions, compensations and sub-sagas, and an answer that is a refusal takes no effect."""

import pytest

from sagaflow import (
    Accepted,
    BusinessError,
    Call,
    Compensation,
    Saga,
    Step,
    SubSaga,
    engine,
    orchestrated,
    pick,
    registry,
    where,
)
from sagaflow.core.run.evolve import evolve
from sagaflow.core.run.facts import StepClaimed
from sagaflow.core.run.queries import inputs
from sagaflow.core.run.state import Direction, RunState
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.core.simulation.loop import Simulator
from sagaflow.models import Run
from sagaflow.registry import Action, standing_in
from tests.engine.conftest import BOTH, finish, status
from tests.engine.sagas import AT_ONCE, effects, take_effect

pytestmark = pytest.mark.django_db(databases=BOTH)

OUTPUTS = {"place": {"id": "o1"}, "pay": {"id": "p1", "status": "taken"}}
TAKE = {"amount": pick("/input/total"), "order": pick("/steps/place/id"), "currency": "EUR"}
REFUND = Compensation(does=Call("shop.refund"), input={"payment": pick("/steps/pay/id"), "of": pick("/input/total")})
SHOP = Saga(
    "shop",
    orchestrated(
        "main",
        Step("place", "shop.place", undo="shop.cancel"),
        Step("pay", "shop.take", undo=REFUND, input=TAKE),
        Step("pack", "shop.pack", retry=AT_ONCE),
    ),
    sensitive=("total",),
)


@pytest.fixture
def seen():
    """Each call with its input, in order; packing is refused."""
    calls = []

    def does(context):
        calls.append((context.step, str(context.direction), context.input))
        if context.step == "pack":
            raise BusinessError("too_heavy")
        return OUTPUTS[context.step] if context.direction == "do" else None

    names = ("place", "cancel", "take", "refund", "pack")
    with standing_in(SHOP, *(Action(name=f"shop.{name}", does=does) for name in names)):
        yield calls


def test_engine_and_simulator_agree_on_every_input(seen):
    run = engine.start("shop", {"total": 7})
    assert finish(run) == "rolled_back"
    assert seen == [
        ("place", "do", {"total": 7}),
        ("pay", "do", {"amount": 7, "order": "o1", "currency": "EUR"}),
        ("pack", "do", {"total": 7}),
        ("pay", "undo", {"payment": "p1", "of": 7}),
        ("place", "undo", {"total": 7}),
    ]
    refused = {("pack", Direction.DO): (InjectedFault.BUSINESS_ERROR,)}
    sim = Simulator(SHOP, script=refused, inputs={"total": 7}, outputs=OUTPUTS)
    sim.run()
    state, simulated = RunState.of(SHOP), []
    for entry in sim.journal:
        state = evolve(SHOP, state, entry)
        match entry.fact:
            case StepClaimed(step=name, direction=direction):
                simulated.append((name, str(direction), inputs(SHOP, state, name, direction)[0]))
    assert simulated == seen


def test_a_sub_saga_gets_what_its_parent_produced():
    child = Saga("parcel", orchestrated("main", Step("hold", "shop.hold")), input_schema={"required": ["order"]})
    parent = Saga(
        "order",
        orchestrated(
            "main",
            Step("place", "shop.place"),
            Step("ship", SubSaga("parcel"), input={"order": pick("/steps/place/id"), "to": pick("/input/address")}),
        ),
    )
    place = Action(name="shop.place", does=lambda _: {"id": "o1"})
    with standing_in(child, parent, place, Action(name="shop.hold", does=lambda context: context.input)):
        run = engine.start("order", {"address": "Main Street"})
        finish(run)
        [below] = Run.objects.filter(parent_id=run)
        assert finish(str(below.pk)) == "completed"
        assert engine.state(str(below.pk))[1].input == {"order": "o1", "to": "Main Street"}
        assert finish(run) == "completed"


def test_an_edited_input_of_a_mapped_step_need_not_match_the_schema_of_the_run():
    step = Step("pay", "shop.take", input={"amount": pick("/input/total")}, retry=AT_ONCE)
    mapped = Saga("mapped", orchestrated("main", step), input_schema={"required": ["total"]})
    plain = Saga(
        "plain", orchestrated("main", Step("pay", "shop.take", retry=AT_ONCE)), input_schema={"required": ["total"]}
    )

    def take(context):
        if context.input != {"amount": 1}:
            raise ValueError("too much")

    with standing_in(mapped, plain, Action(name="shop.take", does=take)):
        run, other = engine.start("mapped", {"total": 9}), engine.start("plain", {"total": 9})
        assert finish(run) == finish(other) == "parked"
        act = engine.operate(other, "retry_with_input", by="ada", reason="r", step="pay", input={"amount": 1})
        assert "'total' is a required property" in act.detail
        engine.operate(run, "retry_with_input", by="ada", reason="r", step="pay", input={"amount": 1})
        assert finish(run) == "completed"


@pytest.mark.parametrize("guard", [{}, {"transactional": True}, {"database": "participant"}], ids=str)
def test_an_answer_that_is_a_refusal_leaves_no_effect_in_the_database_of_a_guarded_action(guard):
    saga = Saga(
        "shop",
        orchestrated(
            "main", Step("pay", "shop.take", undo="shop.refund", fails_when={"no": where("/output/ok", "eq", False)})
        ),
    )

    def take(context):
        take_effect(context, guard.get("database", "default"))
        return {"ok": False}

    with standing_in(
        saga, Action(name="shop.take", does=take, **guard), Action(name="shop.refund", does=take, **guard)
    ):
        run = engine.start("shop", {})
        assert finish(run) == status(run) == "rolled_back"
        assert engine.state(run)[1].steps["pay"].do_error.code == "no"
        assert effects(run) == ([] if guard else ["pay:do"])


def test_an_accepted_answer_is_judged_when_it_comes():
    fails_when = {"none": where("/output/id", "absent")}
    saga = Saga("shop", orchestrated("main", Step("pay", "shop.take", undo="shop.refund", fails_when=fails_when)))
    tokens = []

    def take(context):

        tokens.append(context.callback())
        return Accepted()

    with standing_in(saga, Action(name="shop.take", does=take), Action(name="shop.refund", does=lambda _: None)):
        run = engine.start("shop", {})
        assert finish(run) == "running"
        engine.answer(tokens[0], output={"note": "sold out"})
        assert finish(run) == "rolled_back"
        assert engine.state(run)[1].steps["pay"].do_error.code == "none"


def test_what_an_action_says_about_itself_is_checked_when_it_is_registered():
    with pytest.raises(registry.BadAction, match=r"The input schema of action 'a.b' cannot be used"):
        Action(name="a.b", does=print, input_schema={"type": "objekt"})
    with pytest.raises(registry.BadAction, match=r"'refund', the undo of action 'a.b', is not the name of an action"):
        Action(name="a.b", does=print, undo="refund")
