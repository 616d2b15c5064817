"""A saga declares which of its events are always published. A subscriber to any other event gets an error."""

import pytest
from hypothesis import given

from sagaflow import Observer, Saga, Segment, Step, Style, choreographed, orchestrated
from sagaflow.core.definition.problems import published
from sagaflow.core.definition.saga import Call, Compensation
from sagaflow.core.definition.subscriber import Subscriber, announced, deaf, listening, service_of
from sagaflow.core.run import facts
from sagaflow.core.run.state import Direction
from tests.core.strategies import saga_and_script
from tests.core.test_laws import EVERY_KIND, SEEDS
from tests.core.thoroughness import examples
from tests.core.world import World


@given(saga_and_script(kinds=EVERY_KIND), SEEDS)
@examples(100)
def test_a_success_is_published_if_and_only_if_it_is_announced(pair, seed):
    saga, script = pair
    world = World(saga, script, seed, {"flag": True})
    world.shake(40)
    world.settle()
    known = announced(saga)
    assert known <= published(saga)
    left = [entry.fact for entry in world.entries if isinstance(entry.fact, facts.EventPublished)]
    done = {fact.event for fact in left if fact.direction is Direction.DO and fact.step}
    happened = {
        saga.steps[entry.fact.step].done_event
        for entry in world.entries
        if isinstance(entry.fact, facts.StepSucceeded) and entry.fact.direction is Direction.DO
    }
    assert happened & known <= done, "an event that was announced did not leave"
    successes = {step.done_event for step in saga.steps.values()}
    assert {event for event in done if event in successes} <= known, "an event left that was not announced"


STEPS = (
    Step("pack", "box.pack", emits="Packed", fails_as={"torn": "BoxTorn"}),
    Step("label", "box.label", undo=Compensation(does=Call("box.unlabel"), emits="LabelTaken")),
)
ORCHESTRATED = Saga("parcel", orchestrated("box", *STEPS))
CHOREOGRAPHED = Saga("parcel", choreographed("box", *STEPS))
ALWAYS = {"SagaCompleted", "SagaRolledBack", "SagaCancelled", "SagaStuck", "SagaParked", "BoxStarted"}


def test_an_orchestrated_step_announces_only_what_is_named():
    assert announced(ORCHESTRATED) == ALWAYS | {"Packed", "BoxTorn", "LabelTaken"}


def test_a_choreographed_step_announces_all_of_its_ends():
    more = {"PackCompensated", "PackFailed", "LabelCompleted", "LabelFailed", "SagaMissing"}
    assert announced(CHOREOGRAPHED) == ALWAYS | {"Packed", "BoxTorn", "LabelTaken"} | more


def test_what_an_observer_of_the_definition_asks_for_is_announced():
    saga = Saga("parcel", orchestrated("box", *STEPS), observers=(Observer("o", "o.see", on="LabelCompleted"),))
    assert announced(saga) == announced(ORCHESTRATED) | {"LabelCompleted"}


def test_what_a_choreographed_step_reacts_to_is_announced():
    after = Segment(name="dance", style=Style.CHOREOGRAPHED, steps=(Step("turn", "d.turn", on="LabelCompleted"),))
    assert "LabelCompleted" in announced(Saga("parcel", (orchestrated("box", *STEPS), after)))


def listener(*on, saga="parcel"):
    return Subscriber(name="news.tell", sagas=(saga,), on=on, team="press")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("Paked", "has no event 'Paked'; did you mean 'Packed'?"),
        ("Nonsense", "has no event 'Nonsense'."),
        ("Zero", "has no event 'Zero'."),
        ("SagaMissing", "does not publish 'SagaMissing': it has no choreographed segment."),
        ("LabelCompleted", "does not publish 'LabelCompleted': its step is orchestrated, and the event has no name."),
    ],
)
def test_one_that_listens_for_what_never_comes_is_told_why(event, words):
    ((reason, _),) = deaf(listener("Packed", event), ORCHESTRATED)
    assert reason.startswith("saga 'parcel'")
    assert reason.endswith(words)


def test_only_the_events_that_a_version_has_are_listened_for():
    other = listener("Packed", saga="another")
    none = listener("Gone")
    assert list(listening(ORCHESTRATED, [listener("Packed", "Gone"), other, none])) == [
        (listener("Packed", "Gone"), ("Packed",))
    ]


def test_the_service_of_a_subscriber_stands_in_its_name_and_that_of_an_observer_in_its_action():
    told = [Observer(name, action, on="Packed") for name, action in (("o", "press.see"), ("n", "a.b"), ("p", "c.d"))]
    saga = Saga("parcel", orchestrated("box", *STEPS), observers=told)
    assert (service_of(saga, "news.tell"), service_of(saga, "o")) == ("news", "press")
    assert [service_of(saga, each.name) for each in told] == [each.service for each in told] == ["press", "a", "c"]
    assert (listener("Packed").service, listener("Packed").action) == ("news", "news.tell")
