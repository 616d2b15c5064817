"""The template "Book a trip", published from a draft as a user does it: it completes, and whatever fails is undone."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck
from hypothesis import given as for_all
from hypothesis import strategies as st

from designer.canvas.palette import Item
from designer.drafts import editing, opening, publishing, samples
from designer.drafts.offered import offered
from designer.pages.schema_form import examples_of
from examples.travel import demo
from examples.travel.models import Car, Card, Charge, Flight, FlightBooking, Hotel, HotelBooking, Itinerary, Rental
from sagaflow import OnExhausted, RetryPolicy, Saga, Step, engine, orchestrated, registry
from sagaflow.core.definition.document import load
from sagaflow.core.lint import input_in_use, lint
from sagaflow.names import here, unknown
from sagaflow.testing import (
    REAL,
    RunResult,
    arrives_late,
    crash,
    drive,
    duplicate,
    effect_done_answer_lost,
    given,
    seen,
)
from tests.core.thoroughness import examples
from tests.people import user_of

pytestmark = pytest.mark.django_db(databases=["default", "participant"])

STYLES = pytest.mark.parametrize("style", ["orchestrated", "choreographed"])
TRIP = {"flight": "SF-101", "hotel": "Grand", "nights": 3, "car": "compact", "card": "gold", "traveller": "ada@x.org"}
BOOKED = ("book_flight", "book_hotel", "rent_car")
REFUSED = {
    "book_flight": {"flight": "SF-404"},
    "book_hotel": {"hotel": "Alpine"},
    "rent_car": {"car": "van"},
    "charge_card": {"card": "student"},
}
"""The input that lets a step be refused."""
OFFERS = {Flight: FlightBooking, Hotel: HotelBooking, Car: Rental}


def business() -> dict[str, list[tuple]]:
    """Everything that the services have in their tables, except keys and numbers of bookings."""
    fields = {
        **dict.fromkeys(OFFERS, ("name", "free")),
        **dict.fromkeys(OFFERS.values(), ("offer", "traveller", "status")),
        Card: ("name", "limit"),
        Charge: ("card", "amount", "status"),
        Itinerary: ("recipient",),
    }
    return {model.__name__: sorted(model.objects.values_list(*names)) for model, names in fields.items()}


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    monkeypatch.setattr(registry, "_web_names", set())


@pytest.fixture
def boss():
    return user_of("boss", root=True)


@pytest.fixture
def publish(boss):
    """``publish("choreographed")``: the template as a published saga of this style."""

    def publish(style: str = "orchestrated") -> Saga:
        draft = opening.open_new(boss, samples.document_of("travel", f"trip-{style}"))
        if style == "choreographed":
            editing.edit(boss, draft.id, {"kind": "switch-style", "segment": "booking", "style": style})
        publishing.publish(boss, draft.id, "A trip.")
        saga = registry.get_saga(f"trip-{style}")
        assert saga.segments[0].style == style
        return saga

    return publish


def ran(saga: Saga, **given: object) -> RunResult:
    """Start the saga as its page does, and drive it to its end."""
    run_id = engine.start(saga.name, TRIP | given, by="boss")
    drive(run_id)
    return seen(run_id)


def started_again():
    for model in (*OFFERS, *OFFERS.values(), Card, Charge, Itinerary):
        model.objects.all().delete()
    demo.load()


def test_every_action_of_a_template_is_registered():
    templates = [load(samples.document_of(sample, sample)) for sample in samples.SAMPLES]
    assert [finding.message for _, finding in unknown(templates, here())] == []


def test_the_template_has_neither_a_warning_nor_advice():
    assert lint(load(samples.document_of("travel", "travel")), here()) == ()


def test_the_palette_shows_each_action_with_its_title_and_help_and_the_undo_that_it_brings_along(boss):
    items: dict[str, Item] = {item.detail: item for section in offered(boss) for item in section.items}
    for step in load(samples.document_of("travel", "travel")).steps.values():
        item, action = items[step.does.calls], registry.get_action(step.does.calls)
        assert (item.title, item.undo) == (step.title, step.undo.does.calls if step.undo else "")
        assert item.help.endswith(".")
        assert (items[item.undo].help if item.undo else ".").endswith(".")
        assert list(action.output_schema["properties"]) == list(step.outputs)
        assert step.input is None or list(step.input.fields) == action.input_schema["required"]


def test_a_saga_that_is_drawn_with_the_actions_says_on_its_form_what_can_be_booked():
    trip = load(samples.document_of("travel", "travel"))
    steps = [Step(each.name, each.does) for each in trip.steps.values() if each.name in BOOKED]
    proposed = input_in_use(Saga("drawn", (orchestrated("main", *steps),)), here())["properties"]
    for name in ("flight", "hotel", "nights", "car"):
        assert proposed[name]["description"] == trip.input_schema["properties"][name]["description"]


@STYLES
def test_a_trip_is_booked_and_paid_and_the_traveller_gets_the_numbers_of_the_bookings(publish, style):
    run = ran(publish(style)).is_("completed").did(*BOOKED, "charge_card", "send_itinerary").undid()
    given_out = [run.state.outputs()[step] for step in BOOKED]
    assert Itinerary.objects.get().bookings == ", ".join(output[next(iter(output))] for output in given_out)
    assert business()["Charge"] == [("gold", 24_900 + 3 * 12_000 + 13_500, "charged")]
    assert business()["FlightBooking"] == [("SF-101", "ada@x.org", "booked")]
    assert conserved()


@STYLES
def test_the_title_of_each_example_says_how_its_run_ends(publish, style):
    ends = {"Completes": "completed", "Rolls back": "rolled_back"}
    saga = publish(style)
    for example in examples_of(saga):
        ran(saga, **example.value).is_(ends[example.title.partition(":")[0]])


@STYLES
@pytest.mark.parametrize("step", REFUSED)
def test_a_refusal_gives_back_what_was_booked_before_it_in_reverse(publish, style, step):
    saga, before = publish(style), business()
    undone = BOOKED[: [*REFUSED].index(step)]
    run = ran(saga, **REFUSED[step]).is_("rolled_back").undid(*reversed(undone))
    run.recorded(failed_step=step, steps=dict.fromkeys(undone, "compensated") | {step: "nothing to undo"})
    after = business()
    assert [after[model.__name__] for model in (*OFFERS, Card)] == [before[model.__name__] for model in (*OFFERS, Card)]
    assert [len(after[model.__name__]) for model in (FlightBooking, HotelBooking, Rental)] == [
        int(name in undone) for name in BOOKED
    ]
    assert after["Charge"] == after["Itinerary"] == []


def test_with_the_other_style_the_business_ends_in_the_same_rows(publish):
    rows: dict[str, list[object]] = {style: [] for style in ("orchestrated", "choreographed")}
    for style, found in rows.items():
        saga = publish(style)
        for refused in ({}, *REFUSED.values()):
            started_again()
            ran(saga, **refused)
            found.append(business())
    assert rows["orchestrated"] == rows["choreographed"]
    assert len(set(map(repr, rows["orchestrated"]))) == 1 + len(REFUSED)


FAULTS = st.sampled_from((None, crash(), effect_done_answer_lost(), arrives_late(), duplicate()))
PLACES = st.tuples(st.sampled_from(("do", "undo")), st.sampled_from((*REFUSED, "send_itinerary")))


@STYLES
def test_wherever_a_worker_fails_each_effect_happens_once_or_is_undone_once(publish, style):
    saga = publish(style)

    @examples(60, suppress_health_check=list(HealthCheck))
    @for_all(st.sampled_from((None, *REFUSED)), st.dictionaries(PLACES, FAULTS, max_size=4))
    def prove(refused, faults):
        started_again()
        scenario = given(saga, TRIP | REFUSED.get(refused, {}))
        for (direction, step), fault in faults.items():
            if fault and direction == "do":
                scenario = scenario.when(step, fault, REAL)
            elif fault and step != "send_itinerary":
                scenario = scenario.when_undone(step, fault, REAL)
        scenario.run().is_("rolled_back" if refused else "completed")
        status, booked = ("cancelled", BOOKED[: [*REFUSED].index(refused)]) if refused else ("booked", BOOKED)
        found = [list(model.objects.values_list("status", flat=True)) for model in OFFERS.values()]
        assert found == [[status] if name in booked else [] for name in BOOKED]
        assert conserved()
        assert Charge.objects.count() == Itinerary.objects.count() == int(refused is None)

    prove()


@STYLES
@pytest.mark.parametrize("step", REFUSED)
def test_an_action_that_comes_after_its_undo_is_barred(publish, style, step):
    saga = publish(style)
    (segment,) = saga.segments
    steps = [
        replace(each, pivot=False, retry=RetryPolicy(attempts=1), on_exhausted=OnExhausted.ROLL_BACK)
        if each.name == step
        else replace(each, pivot=False)
        for each in segment.steps
    ]
    impatient = replace(saga, segments=(replace(segment, steps=tuple(steps)),))
    before = business()
    run = given(impatient, TRIP).when(step, arrives_late()).run().is_("rolled_back")
    assert [entry.fact.why for entry in run.journal if entry.kind == "SignalIgnored"] == ["stale"]
    after = business()
    assert [after[model.__name__] for model in (*OFFERS, Card)] == [before[model.__name__] for model in (*OFFERS, Card)]
    assert conserved()
    effects = {**dict(zip(BOOKED, OFFERS.values(), strict=True)), "charge_card": Charge}
    assert effects[step].objects.count() == 0


@STYLES
def test_a_charge_whose_answers_are_lost_is_refunded_when_an_operator_rolls_back(publish, style):
    saga = publish(style)
    lost = [effect_done_answer_lost()] * saga.steps["charge_card"].retry.attempts
    run = given(saga, TRIP).when("charge_card", *lost).run().is_("parked")
    assert business()["Charge"] == [("gold", 74_400, "charged")]
    engine.operate(run.run_id, "roll_back", by="eve", reason="the card does not answer")
    drive(run.run_id)
    seen(run.run_id).is_("rolled_back").undid("charge_card", *reversed(BOOKED))
    assert business()["Charge"] == [("gold", 74_400, "refunded")]
    assert conserved()


def conserved() -> bool:
    """Return True if what is free, left on a card, booked and charged adds up to what there was."""
    spent = sum(Charge.objects.filter(status="charged").values_list("amount", flat=True))
    left = sum(Card.objects.values_list("limit", flat=True))
    there = {model: sum(free for free, _ in offers.values()) for model, offers in demo.OFFERS.items()}
    booked = {model: bookings.objects.filter(status="booked").count() for model, bookings in OFFERS.items()}
    free = {model: sum(model.objects.values_list("free", flat=True)) for model in OFFERS}
    return spent + left == sum(demo.LIMITS.values()) and all(there[one] == free[one] + booked[one] for one in OFFERS)
