"""Every surface tells doing and undoing apart: a refund that fails is not a charge that failed."""

import json
import re
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection

from sagaflow import engine, registry, run_view, store
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.core.words.sentences import sentence
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.paint import paint
from sagaflow.models import RollbackRecord, Run
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.step_counts import count_steps
from tests.cli.conftest import sf
from tests.pages.conftest import PARCEL
from tests.pages.reading import whole
from tests.pages.test_pages import text_of

BACK = "undo:fetch|broken|<b>It</b> fell down."
FORTH = "fetch|broken|<b>It</b> fell down."
TITLE = "Put back (undo of Fetch)"


@pytest.fixture
def stuck(run_of):
    """A run whose compensation of ``fetch`` failed permanently."""
    return run_of("glass")


def test_the_error_stands_at_the_compensation_in_the_flowchart(stuck):
    _, state = store.state(stuck)
    ids = {node.element: node.id for node in compose(PARCEL).nodes}
    painted = paint(PARCEL, state, store.now())
    step, undo = (painted[ids[element]] for element in ("step/fetch", "undo/fetch"))
    assert (step.note, undo.note) == ("its undo is stuck", "business error: broken")
    assert step.label.endswith(": done, its undo is stuck")
    assert (step.classes, undo.classes) == ("sf-is-done sf-is-undo-stuck", "sf-is-stuck")
    assert "broken" not in step.label
    assert "broken" in undo.label


def test_the_run_page_names_the_undo_in_banner_panel_and_table(boss, stuck):
    text = text_of(whole(boss, f"/runs/{stuck}/?step=fetch"))
    assert f"{TITLE} failed: business error broken" in text
    assert re.search(rf"{re.escape(TITLE)} .{{0,80}}Undo failed: business error broken", text)
    assert "Undo failed: broken &lt;b&gt;It&lt;/b&gt; fell down." in text
    assert "undo of Fetch : waiting for an operator (hall team, service page_shelf)" in text
    assert "stuck its compensation failed: &lt;b&gt;It&lt;/b&gt; fell down." in text, "W3: the stuck step has its Why"


def test_failures_of_doing_and_undoing_are_two_groups_and_two_selections(boss, run_of, stuck):
    shards = run_of("shards")
    text = text_of(boss.get("/failures/"))
    assert "runs with broken at the undo of fetch" in text
    assert "runs with broken at fetch" in text
    found = {failure: find(failure) for failure in (BACK, FORTH)}
    assert found == {BACK: [stuck], FORTH: [shards]}, "an address of earlier versions means doing the step"
    for failure, run, words in ((BACK, stuck, "broken at the undo of fetch"), (FORTH, shards, "broken at fetch")):
        page = boss.get(f"/?saga=page_parcel&failure={quote(failure)}")
        listed = page.content.decode().split("All runs")[-1]
        assert run[:8] in listed
        assert words in text_of(page)
        bulk = boss.get(f"/repairs/new/?saga=page_parcel&failure={quote(failure)}")
        assert f"failure {words}" in text_of(bulk)


def find(failure):
    return [run.run_id for run in lookup.find(RunFilter(saga="page_parcel", failure=failure), limit=9)]


def test_a_message_is_shown_with_its_numbers_though_they_do_not_count(boss, run_of, monkeypatch):
    from sagaflow.core.participant import BusinessError

    def refuse(context):
        raise BusinessError("short", f"{context.input['missing']} of 7 are on the shelf")

    monkeypatch.setitem(registry._actions, "page_shelf.fetch", registry.Action(name="page_shelf.fetch", does=refuse))
    run_of("sofa", missing=3), run_of("sofa", missing=5)
    text = text_of(boss.get("/failures/"))
    assert "2 runs with short at fetch" in text
    assert "5 of 7 are on the shelf" in text
    assert "#" not in text_of(boss.get(f"/?saga=page_parcel&failure={quote(Run.objects.latest('pk').failure)}"))


def test_the_counts_of_the_definition_keep_doing_and_undoing_apart(boss, run_of, stuck):
    run_of(), run_of("shards")
    counted = count_steps(PARCEL.digest, PARCEL.steps)
    assert (counted.steps["fetch"].failed, counted.undos["fetch"].failed) == (1, 1)
    assert len(counted.steps["fetch"].took) == 2, "the step whose undo is stuck is done"
    text = text_of(boss.get("/definitions/page_parcel/"))
    assert re.search(rf"{re.escape(TITLE)} fetch – – 1 –", text)  # noqa: RUF001 - as the table shows it


def test_the_commands_name_the_undo(stuck):
    shown = sf("show", stuck)
    assert "undo failed: business error broken" in shown.out
    assert "undo of fetch" in shown.out
    assert "is stuck at the undo of fetch" in sf("watch", stuck, "--until-parked").out
    listed = json.loads(sf("show", stuck, "--json").out)
    step = next(each for each in listed["steps"] if each["step"] == "fetch")
    assert (step["error"], step["undo_error"]["code"]) == (None, "broken")
    told = [sentence(entry.fact) for entry in engine.journal(stuck)]
    assert any("the compensation of fetch needs an operator" in each for each in told)


def test_the_admin_record_says_why_the_undo_is_stuck(boss, stuck):
    record = RollbackRecord.objects.get(run_id=stuck)
    text = text_of(boss.get(f"/admin/sagaflow/rollbackrecord/{record.pk}/change/"))
    assert "its compensation failed: &lt;b&gt;It&lt;/b&gt; fell down." in text
    assert "Error of the compensation" in text


def test_an_operator_who_rolls_back_is_not_the_cause_and_the_cause_is_told(boss, run_of):
    run = run_of("heavy")
    engine.operate(run, "roll_back", by="ada", reason="the customer waits no longer")
    while engine.wake(run):
        pass
    (record,) = run_view.of(run)["rollbacks"]
    assert (record["code"], record["by"], record["failed_step"]) == ("requested", "ada", "ship")
    cause = "ship had failed: technical error flat-tyre, the van has a flat tyre"
    page = text_of(boss.get(f"/runs/{run}/"))
    assert f"Requested — the customer waits no longer (by ada); {cause}" in page
    assert cause in re.sub(r"\s+", " ", sf("show", run).out)
    row = RollbackRecord.objects.get(run_id=run)
    admin = text_of(boss.get(f"/admin/sagaflow/rollbackrecord/{row.pk}/change/"))
    assert re.search(r"Failed step ship Cause an operator requested it", admin)
    assert "because the step failed" not in admin


def test_a_parent_links_to_the_child_that_went_back(boss, db):
    box = Saga("page_box", (orchestrated("main", Step("inner", SubSaga("page_parcel"))),))
    registry.register(box)
    run = engine.start("page_box", {"item": "feather"})
    while any(engine.wake(each) for each in (run, *children(run))):
        pass
    (child,) = children(run)
    assert store.state(run)[1].status == "rolled_back"
    record = RollbackRecord.objects.get(run_id=run)
    reason = "ended rolled back: too-light at ship, &lt;script&gt;alert(1)&lt;/script&gt;"
    for path, link in (
        (f"/runs/{run}/?step=inner", f"/runs/{child}/"),
        (f"/admin/sagaflow/rollbackrecord/{record.pk}/change/", f"/admin/sagaflow/run/{child}/change/"),
    ):
        page = boss.get(path)
        assert f'<a href="{link}"' in page.content.decode()
        assert reason in text_of(page)


def children(run):
    return [str(pk) for pk in Run.objects.filter(parent_id=run).values_list("pk", flat=True)]


def test_open_runs_of_earlier_versions_get_the_direction_into_their_fingerprints(run_of, stuck):
    shards, parked = run_of("shards"), run_of("heavy")
    before = dict(Run.objects.values_list("pk", "failure"))
    Run.objects.filter(pk=stuck).update(failure=FORTH)
    migration = import_module("sagaflow.migrations.0008_failures_of_undos")
    migration.mark(apps, SimpleNamespace(connection=connection))
    assert dict(Run.objects.values_list("pk", "failure")) == before
    assert {str(pk) for pk in before} == {stuck, shards, parked}


def test_a_rollback_with_nothing_to_undo_shows_no_progress(boss, run_of):
    page = boss.get(f"/runs/{run_of('shards')}/").content.decode()
    assert "No step to undo" in page
    assert 'aria-label="Steps rolled back"' not in page
    page = boss.get(f"/runs/{run_of('feather')}/").content.decode()
    assert "1 of 1 step rolled back" in page


def test_what_is_waited_on_is_the_same_above_the_drawing_and_beside_it(boss, stuck):
    text = text_of(whole(boss, f"/runs/{stuck}/"))
    assert "Waiting on: hall team, service page_shelf" in text
    assert "waiting for an operator (hall team, service page_shelf)" in text


def test_a_rollback_record_explains_its_outcomes_and_names_steps_by_title(boss, run_of):
    text = text_of(whole(boss, f"/runs/{run_of('feather')}/?tab=rollback"))
    assert "Fetch page_shelf compensated" in text
    assert "compensated : The action that undoes the step was carried out." in text
    assert "semantically undone :" not in text, "only what is in the record"
