"""A draft becomes a saga that runs; its versions are kept, and a name has one source."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from sagaflow import engine, registry, store
from sagaflow.core.definition import document
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.core.errors import Refused
from sagaflow.models import WebVersion
from sagaflow.store import web_sagas
from tests.designer.conftest import ALL, TRIP

STEPS = "draft_air.book\ndraft_bed.book"


@pytest.fixture
def publish():
    """``publish(designer, note)``: the answer to the form of the review."""

    def publish(at, note="", status=302):
        answer = at.client.post(at.address + "publish/", {"note": note})
        assert answer.status_code == status, answer.content.decode()
        return answer

    return publish


def driven(name):
    run = engine.start(name, {}, by="vera")
    while engine.wake(run, known=registry.known()):
        pass
    return store.run(run).status


def test_a_published_saga_runs_and_its_draft_is_gone(vera, begun, publish):
    at = begun(vera, "web_trip", STEPS)
    with pytest.raises(registry.UnknownSaga):
        engine.start("web_trip", {})
    assert publish(at, "The first one.")["Location"] == "/definitions/web_trip/"
    assert at.get()["Location"] == "/definitions/web_trip/"
    assert "was published or discarded. This is its saga." in vera.get("/definitions/web_trip/").content.decode()
    assert driven("web_trip") == "completed"
    page = vera.get("/definitions/web_trip/").content.decode()
    assert "published on the web" in page
    assert "The first one." in vera.get("/definitions/web_trip/published/").content.decode()


def test_the_review_names_the_steps_whose_actions_are_not_there_and_their_effect(vera, begun):
    page = unescape(begun(vera, "web_plan", "Water the plants\nFeed the cat").get("review/").content.decode())
    assert "A run waits at these steps until what is missing is there" in page
    assert "<strong>Water the plants</strong>: it calls the action 'web_plan.water_the_plants'" in page
    assert "data-unknown" not in begun(vera, "web_ready", STEPS).get("review/").content.decode()


def test_a_process_that_had_started_before_runs_it_as_a_sub_saga_too(vera, begun, publish):
    publish(begun(vera, "web_trip", STEPS))
    parent = Saga("draft_parent", orchestrated("all", Step("trip", SubSaga("web_trip"))))
    registry.register(parent)
    registry.sagas(web=True)
    run = engine.start("draft_parent", {})
    for _ in range(20):
        for line in store.runs():
            while engine.wake(line.run_id, known=registry.known()):
                pass
    assert store.run(run).status == "completed"


def test_a_running_run_keeps_its_version_and_new_runs_get_the_newest(vera, begun, opened, publish):
    publish(begun(vera, "web_trip", STEPS))
    old = engine.start("web_trip", {})
    at = opened(vera, "web_trip")
    assert at.state["revision"] == 0
    at.edit("set-field", element="saga", field="title", value="Away")
    review = at.get("review/").content.decode()
    assert "1 unfinished run" in review
    assert "title: Away" in review
    assert review.count("<saga-drawing") == 1
    publish(at, "A title.")
    new = engine.start("web_trip", {})
    digests = [store.run(run).digest for run in (old, new)]
    assert digests[0] != digests[1] == web_sagas.newest("web_trip").digest


def test_an_earlier_version_is_restored_as_the_newest(vera, begun, opened, publish):
    publish(begun(vera, "web_trip", STEPS))
    first = web_sagas.newest("web_trip").digest
    at = opened(vera, "web_trip")
    at.edit("set-field", element="saga", field="title", value="Away")
    publish(at)
    assert vera.post("/definitions/web_trip/restore/1/").status_code == 302
    assert web_sagas.newest("web_trip").digest == first
    assert web_sagas.versions("web_trip")[0].note == "Restored version 1."
    assert vera.post("/definitions/web_trip/restore/3/").status_code == 409, "it is the current one"
    assert vera.post("/definitions/web_trip/restore/9/").status_code == 404
    assert vera.post("/definitions/draft_trip/restore/1/").status_code == 404


def test_a_version_of_another_person_is_never_overwritten(vera, person, begun, opened, publish):
    publish(begun(vera, "web_trip", STEPS))
    one, other = opened(vera, "web_trip"), opened(person(*ALL, name="otto"), "web_trip")
    for at, title in ((one, "One"), (other, "Other")):
        at.edit("set-field", element="saga", field="title", value=title)
    publish(other)
    refused = publish(one, status=409)
    assert "otto" in refused.content.decode()
    assert one.get("state/").json()["document"]["title"] == "One", "nothing is lost"


def test_a_name_has_one_source(vera, begun, opened, publish):
    at = opened(vera)
    at.edit("set-field", element="saga", field="title", value="Away")
    told = publish(at, status=409).content.decode()
    assert "draft_trip" in told
    assert "one name has one source" in told
    assert not WebVersion.objects.exists()


def test_a_saga_in_code_says_before_any_work_that_it_cannot_be_published_by_its_name(vera, begun, opened):
    at = opened(vera)
    [told] = re.findall(r'<p data-taken="draft_trip">.*?</p>', at.get().content.decode())
    assert "This saga is written in" in told
    assert '<a href="?element=saga&amp;field=name">Give this copy another name</a>' in told
    at.edit("rename", element="saga", name="my_trip")
    assert "data-taken" not in at.get().content.decode()
    assert "data-taken" not in begun(vera, "web_trip", STEPS).get().content.decode()


def test_two_drafts_of_one_new_name_cannot_both_be_published(vera, begun, publish):
    one, other = begun(vera, "web_trip", STEPS), begun(vera, "web_other", STEPS)
    other.type(json.dumps(other.state["document"] | {"name": "web_trip"}))
    publish(one)
    assert "published already" in publish(other, status=409).content.decode()


def test_code_that_brings_a_published_name_wins_and_a_check_names_both(vera, begun, publish):
    publish(begun(vera, "web_trip", STEPS))
    code = Saga("web_trip", TRIP.segments)
    registry.register(code)
    assert registry.get_saga("web_trip") == code
    assert [saga.digest for saga in registry.sagas(web=True) if saga.name == "web_trip"] == [code.digest]
    faults = [each for each in run_checks(databases=["default"]) if each.id == "sagaflow.E011"]
    assert len(faults) == 1
    assert "tests.designer.test_publishing" in faults[0].msg
    assert "database" in faults[0].msg
    html = unescape(vera.get("/definitions/web_trip/").content.decode())
    assert faults[0].msg in html
    assert "Rename one of them" in html


def test_a_draft_with_faults_is_not_published(vera, begun, publish):
    at = begun(vera, "web_trip")
    assert "fault" in publish(at, status=409).content.decode()
    review = at.get("review/").content.decode()
    assert "cannot be published" in review


def test_the_sagas_of_the_web_come_first_among_those_that_can_be_opened(vera, begun, publish):
    publish(begun(vera, "web_trip", STEPS))
    to_open = vera.get("/design/").content.decode().partition('id="open"')[2]
    assert 0 < to_open.index("/definitions/web_trip/design/") < to_open.index("/definitions/draft_trip/design/")


def test_the_review_has_the_warnings_with_the_buttons_that_mend_them(vera, begun):
    at = begun(vera, "web_far", "draft_air.book < draft_air.cancel\ndraft_bed.book < draft_bed.cancel")
    at.edit("switch-style", segment="main", style="choreographed")
    review = at.get("review/").content.decode()
    assert review.count("Apply: it reacts on its own and has no timeout") == 2
    operation = unescape(re.search(r'name="operation" value="([^"]+)"', review)[1])
    answer = vera.post(at.address + "edit/", {"operation": operation}, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(at.address + "review/", 302)]
    assert "Applied 2 proposals." in text
    assert "and has no timeout" not in text
    steps = at.get("state/").json()["document"]["segments"][0]["steps"]
    assert [step["timeout"] for step in steps] == [60, 60]


def test_a_proposal_that_fits_no_more_says_so_on_the_review(vera, begun):
    at = begun(vera, "web_far", STEPS)
    gone = {"kind": "set-field", "element": "segments/main/steps/gone", "field": "timeout", "value": 60}
    answer = vera.post(at.address + "edit/", {"operation": json.dumps(gone)}, follow=True)
    assert "gone" in answer.content.decode()
    assert vera.post(at.address + "edit/", {"operation": "{"}).status_code == 400


def test_each_fault_of_the_review_leads_to_its_field_in_the_draft(vera, begun):
    at = begun(vera, "web_trip", STEPS)
    at.edit("set-field", element="segments/main/steps/book", field="timeout", value=-5)
    review = at.get("review/").content.decode()
    assert f'href="{at.address}?element=segments%2Fmain%2Fsteps%2Fbook&amp;field=timeout"' in review


def test_publishing_needs_its_own_permission(person, begun):
    at = begun(person("view_run", "design_saga", name="dora"), "web_trip", STEPS)
    assert at.client.post(at.address + "publish/", {}).status_code == 403
    assert "may not publish" in at.get("review/").content.decode()


def test_nothing_to_publish_and_a_long_note_are_refused(vera, begun, opened, publish):
    at = begun(vera, "web_trip", STEPS)
    publish(at, "x" * 2001, status=409)
    publish(at)
    assert "Nothing has changed" in publish(opened(vera, "web_trip"), status=409).content.decode()


def test_a_version_is_added_only_after_the_newest_that_was_seen(db):
    web_sagas.publish(document.dump(Saga("web_trip", TRIP.segments)), after=0, note="", by="vera")
    with pytest.raises(Refused):
        web_sagas.publish(document.dump(Saga("web_trip", TRIP.segments, title="x")), after=0, note="", by="vera")


def test_a_start_of_a_saga_in_code_asks_no_more_of_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        registry.get_saga("draft_trip")


ONE = {"name": "one", "action": "draft_air.book"}
CARD = {"sensitive": ["card"], "segments": [{"name": "all", "style": "orchestrated", "steps": [ONE]}]}
BLIND = tuple(name for name in ALL if name != "view_sensitive")


@pytest.fixture
def blind(person):
    """The client of a designer who may not see sensitive fields."""
    return person(*BLIND, name="otto")


@pytest.fixture
def masked(vera, begun, publish):
    """The published saga ``web_card``, whose field ``card`` is sensitive."""

    def published(**more):
        at = begun(vera, "web_card")
        assert at.type(json.dumps({"name": "web_card", **CARD, **more})).status_code == 200
        publish(at)

    return published


def changed(at, **more):
    assert at.type(json.dumps({**at.state["document"], **more})).status_code == 200
    return at


def test_who_may_not_see_a_field_does_not_publish_a_version_that_shows_it(vera, blind, opened, masked, publish):
    masked()
    at = changed(opened(blind, "web_card"), sensitive=["pin"])
    told = unescape(publish(at, status=403).content.decode())
    assert "The field 'card' is sensitive now" in told
    assert "let a user with sagaflow.view_sensitive publish this" in told
    assert "sagaflow.view_sensitive" in at.get("review/").content.decode()
    assert len(web_sagas.versions("web_card")) == 1
    publish(changed(at, sensitive=["pin", "CARD"]))
    publish(changed(opened(vera, "web_card"), sensitive=[]))
    assert web_sagas.newest("web_card").sensitive == ()


def test_nor_one_that_was_published_before(vera, blind, opened, masked, publish):
    masked(sensitive=[])
    publish(changed(opened(vera, "web_card"), sensitive=["card"]))
    assert blind.post("/definitions/web_card/restore/1/").status_code == 403
    assert web_sagas.newest("web_card").sensitive == ("card",)
    assert vera.post("/definitions/web_card/restore/1/").status_code == 302


@pytest.mark.parametrize("given", [None, {"number": {"from": "/input/card"}}], ids=["the whole input", "a mapping"])
def test_nor_one_that_hands_it_to_a_sub_saga_that_shows_it(blind, opened, masked, publish, given):
    masked()
    child = Saga("draft_child", orchestrated("all", Step("only", "draft_air.book")))
    registry.register(child)
    registry.sagas(web=True)
    step = {"name": "two", "saga": "draft_child", **({"input": given} if given else {})}
    both = [CARD["segments"][0] | {"steps": [ONE, step]}]
    at = changed(opened(blind, "web_card"), segments=both)
    assert "which the saga 'draft_child' shows" in unescape(publish(at, status=403).content.decode())
    registry.register(replace(child, sensitive=("card", "number")), replace=True)
    publish(at)


def test_nor_one_that_takes_the_key_of_the_run_from_it(blind, opened, masked, publish):
    masked()
    at = changed(opened(blind, "web_card"), correlate={"Paid": "/card"})
    assert "keys are shown unmasked" in unescape(publish(at, status=403).content.decode())


OLDER = orchestrated("main", Step("book", "draft_air.book", emits="MainStarted"))
"""Its step publishes the start of its segment: a rule that an earlier version of Sagaflow did not have."""
FAULT = "'MainStarted' of step 'book' is also the start of segment 'main'"


@pytest.fixture
def older():
    """The name of a saga of two versions in the database, both of which break a newer rule."""
    for number, title in enumerate(("First", "Second"), start=1):
        written = document.dump(UncheckedSaga("web_older", (OLDER,), title=title))
        WebVersion.objects.create(
            saga="web_older",
            number=number,
            digest=document.restore(written).digest,
            document=json.dumps(written),
            by="vera",
            at=timezone.now(),
        )
    return "web_older"


def test_a_saga_that_a_newer_rule_refuses_opens_with_its_faults_and_is_published_without(vera, older, opened, publish):
    at = opened(vera, older)
    assert [fault["message"].partition(";")[0] for fault in at.state["problems"]] == [FAULT]
    assert FAULT in unescape(publish(at, status=409).content.decode())
    at.edit("set-field", element="segments/main/steps/book", field="emits", value="Booked")
    review = unescape(at.get("review/").content.decode())
    assert "Booked" in review
    assert review.count("<saga-drawing") == 1, "it is compared with the version that has the fault"
    publish(at)
    assert web_sagas.newest(older).faults == ()
    assert driven(older) == "completed"


def test_a_version_that_a_newer_rule_refuses_is_not_restored_and_the_page_says_why(vera, older):
    page = unescape(vera.post(f"/definitions/{older}/restore/1/").content.decode())
    assert "Version 1 of 'web_older' cannot be published again, because it has 1 fault by the rules" in page
    assert FAULT in page
    assert FAULT in unescape(vera.get(f"/definitions/{older}/").content.decode()), "with the findings of the linter"
    assert WebVersion.objects.count() == 2


def test_a_version_that_nothing_can_read_any_more_is_not_restored_either(vera, older):
    WebVersion.objects.filter(number=1).update(document=json.dumps({"name": older, "segments": 5}))
    page = unescape(vera.post(f"/definitions/{older}/restore/1/").content.decode())
    assert "cannot be published again" in page
    assert WebVersion.objects.count() == 2


def test_a_draft_of_a_saga_that_a_newer_rule_refuses_follows_a_newer_version(vera, older, opened):
    mine = opened(vera, older)
    mine.edit("set-field", element="saga", field="title", value="Mine")
    row = WebVersion.objects.get(number=2)
    written = json.loads(row.document) | {"deadline": 60}
    WebVersion.objects.create(
        saga=older,
        number=3,
        digest=document.restore(written).digest,
        document=json.dumps(written),
        by="otto",
        at=timezone.now(),
    )
    assert mine.client.post(mine.address + "rebase/", {}).status_code == 302
    text = json.loads(mine.get("as/json/").content)
    assert (text["title"], text["deadline"]) == ("Mine", 60)


@pytest.mark.parametrize(
    "hears",
    [
        {"starts_on": "CardAdded", "correlate": {"CardAdded": "/id"}},
        {"segments": [{"name": "all", "style": "orchestrated", "steps": [{"name": "wait", "event": "CardAdded"}]}]},
    ],
    ids=["starts on it", "waits for it"],
)
def test_nor_a_saga_that_shows_what_another_one_masks_of_the_same_event(blind, begun, masked, publish, hears):
    masked(starts_on="CardAdded", correlate={"CardAdded": "/id"})
    spy = {"name": "web_spy", "segments": CARD["segments"], **hears}
    at = changed(begun(blind, "web_spy"), **spy)
    told = unescape(publish(at, status=403).content.decode())
    assert "Another saga that hears the event 'CardAdded' masks its field 'card'; mask it here too." in told
    publish(changed(at, sensitive=["card"]))
