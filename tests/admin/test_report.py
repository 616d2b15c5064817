"""The audit report of a run: the reason, the plan, the outcome of each step, the operators and the seals."""

import re

from sagaflow import engine, models
from tests.anchors.tampering import unguarded
from tests.pages.test_pages import text_of


def report_of(client, run_id):
    return client.get(f"/admin/sagaflow/run/{run_id}/report/")


def test_it_says_why_a_run_rolled_back_and_how_each_step_ended(boss, recorded):
    text = text_of(report_of(boss, recorded))
    assert "too-light" in text
    assert re.search(r"\u2013 ship .* nothing to undo", text)
    assert re.search(r"1 fetch .* compensated", text)
    assert re.search(r"fetch orchestrated|fetch pack, orchestrated", text)
    assert "Put back" in text
    assert "compensated" in text


def test_a_step_that_never_began_is_not_started_in_the_record_and_in_the_plan(boss, run_of):
    html = report_of(boss, run_of("shards")).content.decode()
    for name in ("Outcome", "Status"):
        assert re.search(rf'data-label="{name}"><span class="sf-badge tone-stone">.*?not started</span>', html), name
    assert "pending" not in html


def test_it_names_the_operators_with_their_reasons(boss, run_of):
    run = run_of("heavy")
    engine.operate(run, "skip", by="vera", reason="carried by hand", step="ship")
    text = text_of(report_of(boss, run))
    assert "vera skip ship carried by hand" in text
    assert "The run did not roll back." in text


def test_it_shows_the_hashes_and_the_anchor_that_signed_them(boss, recorded):
    html = report_of(boss, recorded).content.decode()
    run = models.Run.objects.get(pk=recorded)
    record = models.RollbackRecord.objects.get(run=run)
    anchor = models.Anchor.objects.get()
    assert all(word in html for word in (run.head, record.hash, anchor.hash, anchor.key, run.definition_id))
    assert "Seal intact." in html
    assert f"manage.py sagaflow verify {recorded}" in html


def test_it_says_that_a_history_was_changed(boss, recorded):
    with unguarded():
        models.JournalEntry.objects.filter(run=recorded, seq=1).update(kind="Other")
        models.Run.objects.filter(pk=recorded).update(snapshot="{}")
    answer = report_of(boss, recorded)
    assert answer.status_code == 200
    assert "Seal broken" in text_of(answer)


def test_it_is_linked_from_the_record_and_from_the_page_of_the_run(boss, recorded):
    address = f"/admin/sagaflow/run/{recorded}/report/"
    assert f'href="{address}"' in boss.get(f"/admin/sagaflow/run/{recorded}/change/").content.decode()
    assert f'href="{address}"' in boss.get(f"/runs/{recorded}/").content.decode()


def test_a_run_that_never_was_has_no_report(boss):
    assert report_of(boss, "5f665f06-0000-4000-8000-000000000000").status_code == 404
    assert report_of(boss, "nonsense").status_code == 404


def test_every_input_of_a_token_and_a_scope_has_a_name(boss):
    token = boss.get("/admin/sagaflow/apitoken/add/").content.decode()
    assert re.findall(r'aria-label="(Date|Time)"', token) == ["Date", "Time"]
    scope = boss.get("/admin/sagaflow/scope/add/").content.decode()
    assert '<option value="page_parcel">' in scope
    assert '<option value="hall">' in scope


def test_every_time_of_the_admin_says_its_zone(boss, recorded):
    for path in ("run/", f"run/{recorded}/change/", "apitoken/add/"):
        assert "Times are UTC." in boss.get(f"/admin/sagaflow/{path}").content.decode()
    assert "In UTC; empty: never" in boss.get("/admin/sagaflow/apitoken/add/").content.decode()
    assert not re.search(r"\d [ap]\.m\.|noon|midnight", boss.get("/admin/sagaflow/apitoken/").content.decode())


def test_a_stuck_record_has_not_ended(boss, run_of):
    run = run_of("glass")
    record = models.RollbackRecord.objects.get(run=run)
    for path in (f"rollbackrecord/{record.pk}/change/", f"run/{run}/report/"):
        assert "<dt>Stuck since</dt>" in boss.get(f"/admin/sagaflow/{path}").content.decode()


def test_a_user_who_may_not_open_the_admin_reads_which_right_is_missing(person):
    answer = person(name="paul").get("/admin/", follow=True)
    text = text_of(answer)
    assert "the account lacks “Staff status”" in text
    assert "Would you like" not in text
    assert '<a href="/">Go to the start page</a>' in answer.content.decode()


def test_sagas_come_first_in_the_admin(boss):
    first, *others = boss.get("/admin/").context_data["app_list"]
    assert first["app_label"] == "sagaflow"
    names = [app["name"].casefold() for app in others]
    assert names == sorted(names)
