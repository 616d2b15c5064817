"""A failing observer is shown on the page of its run, and does not change the run."""

import pytest

from designer.live import reading
from sagaflow import Observer, Saga, Step, TechnicalError, engine, orchestrated, registry, store
from sagaflow.models import OutboxMessage
from sagaflow.registry import Action
from tests.docs.reader import manage
from tests.pages.reading import whole
from tests.pages.test_pages import text_of


@pytest.fixture
def run():
    def gossip(context):
        if context.input["event"] == "Packed":
            raise TechnicalError(f"the press is out of {context.input['payload']['card']}", code="no-ink")

    registry.add(Action(name="page_box.pack", does=lambda _: {"card": "4111-1111"}))
    registry.add(Action(name="page_press.gossip", does=gossip))
    saga = Saga(
        "page_gossip",
        (orchestrated("main", Step("pack", "page_box.pack", emits="Packed")),),
        observers=(Observer("gazette", "page_press.gossip", on=("Packed", "MainStarted")),),
        sensitive=("card",),
    )
    registry.register(saga)
    run_id = engine.start("page_gossip", {})
    while engine.wake(run_id):
        pass
    return run_id


def test_a_failing_observer_shows_at_its_run_with_attempts_and_error(boss, run):
    answer = boss.get(f"/api/runs/{run}").json()
    (failing,) = answer["observers"]
    assert (failing["observer"], failing["event"], failing["attempts"]) == ("gazette", "Packed", 1)
    assert failing["error"].startswith("no-ink: the press is out of")
    assert "4111" not in failing["error"], "it was struck out before it was kept"
    assert failing["next_try"]
    page = text_of(whole(boss, f"/runs/{run}/"))
    out = manage("sagaflow", "show", run)[1]
    for told in (page, out):
        assert "gazette" in told
        assert "no-ink: the press is out of" in told
        assert failing["error"][:30] in " ".join(told.split())
    assert (answer["run"]["status"], answer["run"]["attention"]) == ("completed", "")


def test_a_failing_observer_is_marked_in_the_flowchart_of_its_run(boss, run):
    def marks():
        looks = reading.catch_up(run).view.paint.values()
        return [classes for classes, _, label, _ in looks if label.startswith("Observer")]

    def outlined():
        return manage("sagaflow", "draw", "--run", run, "--format", "outline")[1]

    def downloaded():
        return boss.get(f"/runs/{run}/as/svg/").content.decode()

    assert marks() == ["sf-is-retrying"]
    assert "(retrying)" in outlined()
    assert "sf-is-retrying" in downloaded()
    OutboxMessage.objects.filter(observer="gazette", sent_at=None).update(due_at=None)
    assert marks() == ["sf-is-failed"]
    assert "(failed)" in outlined()
    assert "sf-is-failed" in downloaded()
    OutboxMessage.objects.filter(observer="gazette").update(sent_at=store.to_datetime(store.now()), error="")
    assert marks() == ["sf-idle"]


def test_an_observer_that_no_live_worker_knows_is_shown_so_and_loses_no_attempt(boss, run):
    OutboxMessage.objects.filter(observer="gazette").update(
        sent_at=None, error="", attempts=0, due_at=store.to_datetime(store.now() - 60)
    )
    store.appear("w", "worker", None, ["page_box.pack"])
    engine.wake(run, known={"page_box.pack"})
    waiting = boss.get(f"/api/runs/{run}").json()["observers"]
    assert [(each["event"], each["needs"], each["attempts"]) for each in waiting] == [
        ("MainStarted", "page_press.gossip", 0),
        ("Packed", "page_press.gossip", 0),
    ]
    for told in (text_of(whole(boss, f"/runs/{run}/")), " ".join(manage("sagaflow", "show", run)[1].split())):
        assert "no worker for page_press.gossip since" in told
    store.appear("new", "worker", ["page_press"], ["page_press.gossip"])
    assert [each["needs"] for each in boss.get(f"/api/runs/{run}").json()["observers"]] == []
    engine.wake(run)
    failing = boss.get(f"/api/runs/{run}").json()["observers"]
    assert [(each["event"], each["needs"], each["attempts"]) for each in failing] == [("Packed", "", 1)]


def test_a_worker_of_another_service_does_not_count_although_it_has_the_code(boss, run):
    OutboxMessage.objects.filter(observer="gazette").update(due_at=store.to_datetime(store.now() - 60), sent_at=None)
    store.appear("w", "worker", ["page_box"], ["page_box.pack", "page_press.gossip"])
    assert {each["needs"] for each in boss.get(f"/api/runs/{run}").json()["observers"]} == {"page_press.gossip"}


def test_what_is_due_only_now_waits_for_nobody_yet(boss, run):
    OutboxMessage.objects.filter(observer="gazette").update(due_at=store.to_datetime(store.now() - 1), error="")
    assert boss.get(f"/api/runs/{run}").json()["observers"] == []
