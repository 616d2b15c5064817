"""The page of a saga shows its subscribers, and the page of a run shows a subscriber that fails."""

import html
import re
from datetime import timedelta

import pytest

from sagaflow import TechnicalError, engine, registry, store, subscribe
from sagaflow.models import Subscription
from tests.docs.reader import manage
from tests.pages.reading import whole
from tests.pages.test_pages import text_of


@pytest.fixture
def listener(monkeypatch):
    monkeypatch.setattr(registry, "_subscribers", {})

    @subscribe("ShipCompleted", "SagaCompleted", saga="page_parcel", team="<press>", name="page_press.report")
    def report(context):
        if context.input["event"] == "ShipCompleted":
            raise TechnicalError(f"the press is out of {context.input['payload']['parcel']}", code="no-ink")

    store.declare(registry.subscribers())


def test_the_page_of_a_saga_shows_who_listens_with_the_team_and_whether_the_code_is_there(boss, listener, run_of):
    run = run_of()
    for address in ("/definitions/page_parcel/", f"/definitions/page_parcel/{store.run(run).digest}/"):
        page = text_of(boss.get(address))
        assert "page_press.report &lt;press&gt; SagaCompleted, ShipCompleted present 1" in page
        assert "Subscriber Report of SagaCompleted, ShipCompleted, team &lt;press&gt;: page_press.report" in page
    Subscription.objects.update(seen_at=store.to_datetime(store.now()) - timedelta(hours=1))
    assert "missing, last seen" in text_of(boss.get("/definitions/page_parcel/"))


def test_the_page_of_a_saga_that_nobody_listens_to_says_nothing_of_it(boss, run_of):
    run_of()
    assert "Subscribers" not in text_of(boss.get("/definitions/page_parcel/"))


def test_the_page_of_a_run_draws_it_and_shows_where_it_fails(boss, listener, run_of):
    run = run_of()
    page = boss.get(f"/runs/{run}/").content.decode()
    assert "team &lt;press&gt; · page_press.report" in page
    words = text_of(whole(boss, f"/runs/{run}/"))
    assert "page_press.report of ShipCompleted: no-ink: the press is out of P-1" in words
    outline = text_of(boss.get(f"/runs/{run}/parts/outline/"))
    assert "Subscriber Report of SagaCompleted, ShipCompleted, team &lt;press&gt;: page_press.report" in outline
    sequence = html.unescape(re.sub(r"<[^>]+>", " ", boss.get(f"/runs/{run}/parts/sequence/").content.decode()))
    assert "page_press: SagaCompleted" in sequence
    assert "page_press: ShipCompleted" not in sequence, "that has not arrived"


def test_commands_and_the_admin_show_it_too(boss, listener, run_of):
    run = run_of()
    assert "Orchestrator page_press event SagaCompleted" in " ".join(manage("sagaflow", "sequence", run)[1].split())
    assert "page_press.report" in manage("sagaflow", "draw", "--run", run, "--format", "mermaid")[1]
    assert "no-ink: the press is out of P-1" in manage("sagaflow", "show", run)[1]
    (failing,) = boss.get(f"/api/runs/{run}").json()["observers"]
    assert (failing["observer"], failing["event"]) == ("page_press.report", "ShipCompleted")
    assert "page_press.report" in boss.get(f"/admin/sagaflow/run/{run}/change/").content.decode()
    assert engine.verify(run) == []
