"""A subscriber of another app gets each event at least once, even after the end of the run, and does not change it."""

import sys
from datetime import timedelta

import pytest
from django.db import IntegrityError

from sagaflow import BusinessError, TechnicalError, engine, registry, store, subscribe
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.errors import Refused
from sagaflow.models import Barrier, OutboxMessage, Subscription
from sagaflow.processes import sweeper
from sagaflow.registry import BadAction
from sagaflow.store import subscriptions
from tests.engine.conftest import BOTH, at_once, finish, status
from tests.engine.sagas import effects

pytestmark = pytest.mark.django_db(databases=BOTH)

EVENT = "FirstCompleted"


@pytest.fixture(autouse=True)
def code(monkeypatch):
    """Remove the registrations of the test after it, and start without subscribers."""
    monkeypatch.setattr(registry, "_actions", dict(registry._actions))
    monkeypatch.setattr(registry, "_subscribers", {})


@pytest.fixture
def letters():
    """The contexts that the subscriber got."""
    got = []
    listen(got.append)
    return got


def listen(does, *events, saga="mixed", name="letters.write", **options):
    subscribe(*(events or (EVENT,)), saga=saga, name=name, team="marketing", **options)(does)
    store.declare(registry.subscribers())


def gone(**past):
    """Remove the code, and make the last heartbeat as old as the arguments say."""
    registry._actions.pop("letters.write")
    Subscription.objects.update(seen_at=store.to_datetime(store.now()) - timedelta(**past))


def deliveries(**columns):
    return OutboxMessage.objects.filter(observer__contains=".", **columns).order_by("pk")


def told(run):
    """The records of a run, without its times, its ID and everything that depends on them."""
    return [(entry.seq, entry.kind, entry.cause) for entry in engine.journal(run)]


def test_a_subscriber_gets_its_event_with_what_an_observer_would_get(letters):
    run = engine.start("mixed", {})
    assert finish(run) == "completed"
    (heard,) = letters
    assert heard.input == {"event": EVENT, "step": "first", "payload": {"step": "first", "attempt": 1}}
    assert (heard.run_id, heard.saga, heard.step, heard.service) == (run, "mixed", "letters.write", "letters")
    (row,) = deliveries()
    assert heard.key == f"{run}:{row.seq}:{EVENT}:letters.write:do"
    assert heard.causation_id == f"{run}:{row.seq}"
    assert row.sent_at
    assert store.overdue().runs == {}


def test_neither_the_digest_nor_the_journal_of_a_run_knows_of_it():
    saga = registry.get_saga("mixed")
    digest = saga.digest
    without = engine.start("mixed", {})
    finish(without)
    listen(lambda _: None, EVENT, "SagaCompleted", "FrontStarted")
    run = engine.start("mixed", {})
    finish(run)
    assert deliveries(sent_at__isnull=False).count() == 3
    assert registry.get_saga("mixed").digest == digest == store.run(run).digest
    assert told(run) == told(without)
    assert (engine.verify(run), engine.verify(without)) == ([], [])


def quits(_):
    sys.exit(3)


def breaks_the_transaction(_):
    for _ in range(2):
        Barrier.objects.create(key="twice", direction="fx")


FAILURES = {
    "a business error": BusinessError("no", "not with me"),
    "a technical error": TechnicalError("down"),
    "an error of the code": ZeroDivisionError("x"),
    "an error of the database": IntegrityError("twice"),
    "a returned set": lambda _: {1},
    "an exit": quits,
    "a broken transaction": breaks_the_transaction,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("saga", ["mixed", "five-exact", "danced"])
def test_its_outcome_never_affects_the_run(saga, failure):
    def fail(context):
        if isinstance(failure, Exception):
            raise failure
        return failure(context)

    without = engine.start(saga, {})
    finish(without)
    published = [entry.fact.event for entry in engine.journal(without) if entry.kind == "EventPublished"]
    listen(fail, *published, saga=saga, database="default")
    run = engine.start(saga, {})
    assert finish(run) == status(without) == "completed"
    assert told(run) == told(without)
    assert effects(run) == effects(without)
    assert engine.verify(run) == []
    rows = deliveries()
    assert rows.count() == len(published)
    assert all(row.error and not row.sent_at for row in rows)


def test_one_that_fails_is_tried_ten_times_and_then_left_with_its_error():
    def fail(_):
        raise TechnicalError("down", code="no-line")

    listen(fail)
    run = engine.start("mixed", {})
    finish(run)
    for attempt in range(2, 11):
        deliveries().update(due_at=store.to_datetime(store.now()))
        engine.wake(run)
        assert deliveries().get().attempts == attempt
    (row,) = deliveries()
    assert (row.due_at, row.sent_at, row.error) == (None, None, "no-line: down")
    assert status(run) == "completed"


@pytest.mark.parametrize("observer", ["news", "letters.write"])
def test_a_process_that_dies_at_an_event_again_and_again_is_not_asked_for_ever(letters, observer):
    run = engine.start("mixed", {})
    engine.wake(run, services={"plain"})
    rows = OutboxMessage.objects.filter(observer=observer, event=EVENT)
    for _ in range(10):
        (message,) = [each for each in store.pending_for(run, [observer]) if each.event == EVENT]
        assert store.claim_delivery(message)  # and then the process dies
        rows.update(due_at=store.to_datetime(store.now()))
    engine.wake(run)
    assert rows.get().due_at is None
    assert rows.get().error.startswith("worker-died: ")
    assert letters == [] or observer == "news"


def test_an_event_that_comes_twice_takes_effect_once_behind_the_barrier():
    got = []
    listen(lambda context: got.append(context.key), database="default")
    run = engine.start("mixed", {})
    finish(run)
    deliveries().update(sent_at=None, due_at=store.to_datetime(store.now()))  # as if the first answer had been lost
    engine.wake(run)
    assert len(got) == 1
    assert deliveries().get().sent_at


def test_a_run_under_way_is_heard_from_the_subscription_on():
    run = engine.start("mixed", {})
    engine.wake(run, services={"plain"})
    got = []
    listen(lambda context: got.append(context.input["event"]), EVENT, "FourthCompleted", "SagaCompleted")
    finish(run)
    assert got == ["SagaCompleted"]


def test_a_process_that_publishes_needs_no_code_of_the_subscriber(letters):
    own = registry._actions.pop("letters.write")  # this process belongs to another team
    run = engine.start("mixed", {})
    finish(run)
    assert letters == []
    assert store.overdue().runs[run] == {"letters"}
    registry._actions["letters.write"] = own  # and this one to the team of the subscriber
    engine.wake(run, services={"other"})
    assert letters == []
    engine.wake(run, services={"letters"})
    assert [each.run_id for each in letters] == [run]


def test_while_its_processes_are_away_events_wait_for_it_up_to_a_week(letters):
    run = engine.start("mixed", {})
    finish_without(run)
    Subscription.objects.update(seen_at=store.to_datetime(store.now()) - timedelta(days=6))
    sweeper.Sweeper(None).tidy()
    assert deliveries(due_at__isnull=False).count() == 1
    engine.wake(run)
    assert len(letters) == 1


def finish_without(run):
    """Finish the run in a process of the other team."""
    with_code = registry._actions.pop("letters.write")
    finish(run)
    registry._actions["letters.write"] = with_code


@pytest.mark.parametrize("way", ["forgotten", "missed", "removed"])
def test_one_that_departs_leaves_no_event_waiting(letters, way):
    run = engine.start("mixed", {})
    finish_without(run)
    gone(days=8 if way == "forgotten" else 1)
    match way:
        case "removed":
            assert subscriptions.remove("letters.write") == 1
        case "missed":
            Subscription.objects.update(app="letters")
            store.declare((), apps={"letters"}, began=store.now())
            sweeper.Sweeper(None).tidy()
        case "forgotten":
            sweeper.Sweeper(None).tidy()
    (row,) = deliveries()
    assert (row.due_at, row.sent_at, row.error) == (None, None, subscriptions.NOBODY)
    assert Subscription.objects.count() == 0
    assert store.overdue().runs == {}
    finish(later := engine.start("mixed", {}))
    assert not deliveries(run_id=later).exists()
    assert status(run) == status(later) == "completed"
    assert letters == []


def test_an_event_that_is_no_longer_subscribed_to_ends_while_the_others_go_on():
    got = []
    listen(lambda context: got.append(context.input["event"]), EVENT, "SagaCompleted")
    run = engine.start("mixed", {})
    finish_without(run)
    registry._subscribers["letters.write"] = Subscriber(name="letters.write", sagas=("mixed",), on=("SagaCompleted",))
    Subscription.objects.filter(event=EVENT).delete()
    engine.wake(run)
    assert got == ["SagaCompleted"]
    assert store.depart() == 1
    assert deliveries(event=EVENT).get().error == subscriptions.NOBODY


def test_old_processes_with_the_code_keep_a_subscriber_while_new_ones_without_it_come(letters):
    mine = registry.subscribers()
    Subscription.objects.update(app="letters")
    store.declare((), apps={"letters"}, began=store.now())  # a new process
    assert Subscription.objects.get().missed_at
    store.declare([each for each in mine if each.name == "letters.write"])  # an old process
    assert Subscription.objects.get().missed_at is None
    store.depart()
    assert Subscription.objects.count() == 1


def test_a_process_that_is_older_than_the_subscription_does_not_speak_against_it(letters):
    Subscription.objects.update(app="letters")
    store.declare((), apps={"letters"}, began=store.now() - 60)
    assert Subscription.objects.get().missed_at is None


def test_one_whose_code_is_there_cannot_be_removed(letters):
    with pytest.raises(Refused, match=r"was seen \d s ago"):
        subscriptions.remove("letters.write")
    with pytest.raises(Refused, match=r"There is no subscriber 'news\.write'"):
        subscriptions.remove("news.write")


def test_a_sign_of_life_writes_nothing_as_long_as_nothing_changes(letters, django_assert_num_queries):
    with django_assert_num_queries(2, using="default"):  # one reads the time, and one the rows
        subscriptions.declare(registry.subscribers())


@pytest.mark.django_db(databases=BOTH, transaction=True)
def test_processes_that_declare_at_once_write_one_row():
    subscribe(EVENT, saga="mixed", name="letters.write")(lambda _: None)
    at_once(*[lambda: store.declare(registry.subscribers())] * 4)
    assert Subscription.objects.count() == 1


def test_the_name_is_the_folder_and_the_function_unless_one_is_given():
    @subscribe(EVENT, saga=("mixed", "danced"))
    def write_letter(_):
        pass

    (mine,) = [each for each in registry.subscribers() if each.name.endswith("write_letter")]
    assert (mine.name, mine.sagas, mine.service) == ("engine.write_letter", ("mixed", "danced"), "engine")
    assert [each.name for each in registry.subscribers("danced")] == ["engine.write_letter"]


BAD = {
    "two of one name": (("A",), {"saga": "s", "name": "letters.write"}, "has the name of another subscriber"),
    "the name of an action": (("A",), {"saga": "s", "name": "plain.do"}, "has the name of another action"),
    "no service": (("A",), {"saga": "s", "name": "letters"}, "is not the name of an action|no|name of an action"),
    "too long": (("A",), {"saga": "s", "name": f"letters.{'x' * 60}"}, "64 at most"),
    "no event": ((), {"saga": "s"}, "name at least one"),
    "no name of an event": (("with space",), {"saga": "s"}, "name at least one"),
    "no saga": (("A",), {"saga": ()}, "names no saga"),
}


@pytest.mark.parametrize(("events", "options", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_a_subscriber_is_refused_where_it_is_written(letters, events, options, words):
    with pytest.raises(BadAction, match=words):
        subscribe(*events, **options)(lambda _: None)


def test_a_function_without_a_name_is_given_one_by_name():
    with pytest.raises(BadAction, match="give it one with `name`"):
        subscribe(EVENT, saga="mixed")([].append)


def test_the_decorator_without_its_events_is_refused():
    with pytest.raises(BadAction, match="name at least one"):
        subscribe(lambda _: None, saga="mixed")
