"""A draft is changed by operations, each with its undo; nothing that people write is lost or breaks a page."""

import json
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.canvas.operations import Refused
from designer.drafts import editing
from designer.drafts.lines import from_lines
from sagaflow import registry
from sagaflow.core.definition import document
from sagaflow.core.definition.problems import MAX_STEPS
from sagaflow.core.payload import same
from sagaflow.models import Draft, DraftEdit
from sagaflow.registry import Action
from sagaflow.store import drafts, sketches
from sagaflow.store.drafts import NewDraft
from tests.canvas.gestures import gestures
from tests.designer.conftest import ALL, TRIP
from tests.people import user_of


def test_a_saga_is_opened_as_it_is_written_and_its_page_embeds_the_state(vera, opened):
    at = opened(vera)
    page = at.get()
    assert page.status_code == 200
    text = page.content.decode()
    for part in ("palette", "canvas", "inspector", "bottom", "bar"):
        assert f'id="design-{part}"' in text
    embedded = text.partition('<script id="design-state" type="application/json">')[2].partition("</script>")[0]
    assert json.loads(embedded) == at.state | {"sentence": ""}
    assert same(at.state["document"], document.dump(TRIP))
    assert (at.state["revision"], at.state["undo"], at.state["history"]) == (0, None, [])
    assert 'data-element="step/flight"' in at.state["drawing"]


def test_opening_again_finds_the_same_draft_and_another_person_gets_their_own(vera, person, opened):
    assert opened(vera).address == opened(vera).address
    assert opened(person(*ALL, name="otto")).address != opened(vera).address


def test_an_edit_answers_with_the_new_state_and_undo_and_redo_go_through_the_history(vera, opened):
    at = opened(vera)
    at.edit("rename", element="segments/book/steps/flight", name="fly")
    assert at.state["sentence"] == at.state["undo"] == "Renamed 'flight' to 'fly'."
    assert (at.state["revision"], at.state["focus"]) == (1, "segments/book/steps/fly")
    assert 'data-element="step/fly"' in at.state["drawing"]
    at.edit("switch-style", segment="tell", style="orchestrated")
    assert [(entry["by"], entry["undone"]) for entry in at.state["history"]] == [("vera", False)] * 2
    at.undo()
    at.undo()
    assert same(at.state["document"], document.dump(TRIP))
    assert (at.state["undo"], at.state["redo"]) == (None, "Renamed 'flight' to 'fly'.")
    at.redo()
    assert at.state["document"]["segments"][0]["steps"][0]["name"] == "fly"
    at.edit("set-field", element="saga", field="title", value="Away")
    assert at.state["redo"] is None, "a new edit drops what was undone"
    assert len(at.state["history"]) == 2


def test_pasted_steps_are_one_edit_and_a_text_with_a_fault_names_its_line_and_changes_nothing(vera, opened):
    at = opened(vera)
    before = at.state["document"]
    at.edit("paste-steps", text="- {name: flight, action: x.y}\n", element="segments/book/steps/flight")
    assert at.state["sentence"].startswith("Pasted 'flight_2' after 'flight'")
    assert 'data-element="step/flight_2"' in at.state["drawing"]
    at.undo()
    assert at.state["document"] == before
    answer = at.edit("paste-steps", text="- {name: a, action: x.y}\n- {name: b, actoin: x.y}\n", element="")
    assert answer.status_code == 409
    assert "The pasted text, line 2: 'actoin' is not a key of a step" in answer.json()["error"]["message"]
    assert at.get("state/").json()["document"] == before


def test_nothing_to_undo_is_refused_with_words(vera, opened):
    at = opened(vera)
    for answer in (at.undo(), at.redo()):
        assert answer.status_code == 409
        assert "There is nothing to" in answer.json()["error"]["message"]


def test_an_edit_of_an_older_revision_is_applied_to_the_newest_document(vera, opened):
    one, other = opened(vera), opened(vera)
    one.edit("set-field", element="saga", field="title", value="Away")
    assert other.edit("set-field", element="segments/book", field="title", value="All bookings").status_code == 200
    assert other.state["document"]["title"] == "Away"
    assert other.state["revision"] == 2


def test_an_edit_that_no_longer_fits_is_refused_and_changes_nothing(vera, opened):
    one, other = opened(vera), opened(vera)
    one.edit("delete-steps", steps=["hotel"])
    refused = other.edit("rename", element="segments/book/steps/hotel", name="bed")
    assert refused.status_code == 409
    assert "hotel" in refused.json()["error"]["message"]
    assert other.get("state/").json()["revision"] == 1


def test_an_undo_never_takes_back_what_the_page_has_not_shown(vera, opened):
    one, other = opened(vera), opened(vera)
    one.edit("set-field", element="saga", field="title", value="Away")
    assert other.undo().status_code == 409
    assert other.get("state/").json()["document"]["title"] == "Away"


def test_the_newest_state_says_who_changed_the_draft(vera, person, opened):
    at = opened(vera)
    at.edit("set-field", element="saga", field="title", value="Away")
    assert at.get("state/").json()["sentence"] == "You changed this draft in another tab. This is its newest state."
    otto = type(at)(person(*ALL, name="otto"), at.address)
    assert otto.state["sentence"] == "'vera' changed this draft. This is its newest state."
    at.state["revision"] = 0
    assert "You changed this draft in another tab" in at.undo().json()["error"]["message"]


def test_a_name_that_a_saga_or_another_draft_has_is_refused(vera, opened, begun):
    at = begun(vera, "mine", "Book flight")
    begun(vera, "hers", "Book flight")
    for name, taken in (("draft_trip", "a saga 'draft_trip'"), ("hers", "a draft of a saga 'hers'")):
        answer = at.edit("rename", element="saga", name=name)
        assert answer.status_code == 409
        assert answer.json()["error"] == {
            "message": f"There is {taken} already; choose another name.",
            "element": "saga",
        }
        again = vera.post("/design/new/", {"name": name, "steps": ""})
        assert (again.status_code, taken in unescape(again.content.decode())) == (400, True)
    assert at.edit("rename", element="saga", name="other").status_code == 200
    copy = opened(vera)
    for name in ("copy", "draft_trip"):
        assert copy.edit("rename", element="saga", name=name).status_code == 200, "a saga gets its own name back"


def test_an_edit_that_is_sent_twice_is_applied_once(vera, opened):
    at = opened(vera)
    sent = {"operation": {"kind": "duplicate-step", "step": "hotel"}, "revision": 0, "id": "tab-1:1"}
    assert at.post("edit/", **sent).json()["revision"] == at.post("edit/", **sent).json()["revision"] == 1


def test_an_unfinished_document_is_drawn_with_its_faults_at_their_elements(vera, begun):
    at = begun(vera)
    assert "Empty: add a step" in at.state["drawing"]
    assert [each["severity"] for each in at.state["problems"]] == ["fault"]
    at.edit("set-field", element="segments/main", field="team", value="hall")
    place = {"segment": "main", "after": [], "before": []}
    at.edit("add-steps", steps=[{"name": "pay"}], place=place)
    assert 'data-element="step/pay"' in at.state["drawing"]
    problem = at.state["problems"][0]
    assert (problem["element"], problem["drawn"]) == ("segments/main/steps/pay", "step/pay")


def test_a_new_saga_has_a_step_for_each_line(vera, begun):
    at = begun(vera, "trip", "Book flight\n\n  draft_bed.book \nBook flight\n!?\n")
    steps = at.state["document"]["segments"][0]["steps"]
    assert [step["name"] for step in steps] == ["book_flight", "book", "book_flight_2", "step"]
    assert [step["action"] for step in steps][:2] == ["trip.book_flight", "draft_bed.book"]
    assert steps[0]["title"] == "Book flight"
    assert all(each["severity"] != "fault" for each in at.state["problems"])


def test_a_saga_without_an_input_schema_is_offered_the_one_that_its_actions_require(vera, begun):
    takes = {"type": "object", "required": ["guest"], "properties": {"guest": {"type": "string"}}}
    registry.add(Action(name="draft_room.book", does=lambda context: {}, input_schema=takes))
    at = begun(vera, "trip", "draft_room.book < draft_bed.cancel")
    [found] = [each for each in at.state["problems"] if "no input schema" in each["message"]]
    assert "the action 'draft_room.book' requires 'guest'" in found["message"]
    at.edit(**found["mend"])
    assert at.state["document"]["input_schema"] == takes
    assert not any("input schema" in each["message"] for each in at.state["problems"])


def test_what_no_code_performs_yet_is_planned_in_the_drawing(vera, begun):
    at = begun(vera, "trip", "Book flight\ndraft_bed.book < Give the bed back")
    assert at.state["planned"] == ["step/book_flight", "undo/book"]
    at.edit("set-field", element="segments/main/steps/book", field="undo", value="draft_bed.book")
    at.edit("delete-steps", steps=["book_flight"])
    assert at.state["planned"] == []


@pytest.mark.parametrize(
    ("undo", "becomes"),
    [
        ("draft_air.cancel", "draft_bed.cancel"),
        ("draft_air.not_written_yet", "draft_bed.cancel"),
        (None, None),
        ("draft_post.send", "draft_post.send"),
        ({"irreversible": "no refunds"}, {"irreversible": "no refunds"}),
    ],
    ids=["came along", "planned", "removed", "chosen", "not undone"],
)
def test_the_undo_of_a_new_action_comes_along_unless_somebody_chose_another(vera, opened, undo, becomes):
    at = opened(vera)
    at.edit("set-field", element="segments/book/steps/flight", field="undo", value=undo)
    at.edit("set-work", step="flight", work={"action": "draft_bed.book"})
    step = at.state["document"]["segments"][0]["steps"][0]
    assert (step["action"], step.get("undo")) == ("draft_bed.book", becomes)
    assert at.state["sentence"].endswith("came along.") == (becomes == "draft_bed.cancel")
    at.undo()
    assert at.state["document"]["segments"][0]["steps"][0].get("undo") == undo


def test_a_step_that_called_nothing_gets_the_undo_of_its_action_and_keeps_it_when_the_action_stays(vera, opened):
    at = opened(vera)
    at.edit("set-work", step="letter", work={"timer": 60})
    at.edit("set-work", step="letter", work={"action": "draft_air.book"})
    [letter] = at.state["document"]["segments"][1]["steps"]
    assert letter["undo"] == "draft_air.cancel"
    at.edit("set-field", element="segments/tell/steps/letter", field="undo", value="draft_air.later")
    at.edit("set-work", step="letter", work={"action": "draft_air.book"})
    assert at.state["document"]["segments"][1]["steps"][0]["undo"] == "draft_air.later"


@pytest.mark.parametrize("name", ["", "draft_trip", "2026", "東京"])
def test_a_name_that_cannot_be_used_is_refused_and_what_was_typed_stays(vera, name):
    answer = vera.post("/design/new/", {"name": name, "steps": "Book flight"})
    assert answer.status_code == 400
    assert "Book flight" in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_list_has_the_open_drafts_and_a_discarded_one_is_gone(vera, begun):
    at = begun(vera, "trip")
    assert at.address in vera.get("/design/").content.decode()
    assert vera.post(at.address + "discard/").status_code == 302
    assert at.get().status_code == 200, "it was not confirmed"
    vera.post(at.address + "discard/", {"confirmed": "yes"})
    assert at.address not in vera.get("/design/").content.decode()
    gone = at.get()
    assert gone.status_code == at.get("state/").status_code == 404
    assert '<a href="/design/">Go to Design</a>' in gone.content.decode()
    assert "published or discarded" in at.edit("set-field", element="saga", field="title").json()["error"]["message"]


def test_an_editor_gets_the_text_with_its_lines_and_the_names_that_it_completes(vera, opened):
    at = opened(vera)
    code = at.get("code/?as=json").json()
    assert (code["text"], code["revision"]) == (at.get("code/").content.decode(), 0)
    line = code["lines"]["segments/book/steps/hotel"]["keys"]["undo"]
    assert "draft_bed.cancel" in "".join(code["text"].splitlines()[line - 1 : line + 1])
    assert code["events"] == ["FlightCompleted", "HotelCompleted", "LetterCompleted"]
    grammar = at.get("grammar/").json()
    assert grammar["schema"]["properties"].keys() >= {"name", "segments", "observers"}
    assert grammar["sagas"] == ["draft_trip"]


def test_the_text_replaces_the_document_and_keeps_its_comments(vera, opened):
    at = opened(vera)
    text = at.get("code/").content.decode()
    assert at.type("# the big one\n" + text.replace("Book a trip", "Go away")).status_code == 200
    assert at.state["sentence"] == "Changed the text in 1 place."
    assert at.state["document"]["title"] == "Go away"
    at.edit("set-field", element="saga", field="title", value="Stay")
    assert at.get("code/").content.decode().startswith("# the big one\n")
    at.undo()
    at.undo()
    assert same(at.state["document"], document.dump(TRIP))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not YAML"),
        ("- a\n- b\n", "keys and values"),
        ("", "keys and values"),
        ("a: &x 1\nb: *x\n", "alias"),
        ("name: " + "x" * 300_000, "shorter"),
    ],
)
def test_a_text_that_cannot_be_read_changes_nothing(vera, opened, text, words):
    at = opened(vera)
    refused = at.type(text)
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]
    assert at.get("state/").json()["revision"] == 0


def test_the_text_works_without_scripts(vera, opened):
    at = opened(vera)
    text = at.get("code/").content.decode()
    sent = {"text": text.replace("Book a trip", "Go away").replace("\n", "\r\n"), "revision": "0"}
    assert vera.post(at.address + "code/", sent)["Location"] == at.address
    assert at.get("state/").json()["document"]["title"] == "Go away"
    again = vera.post(at.address + "code/", {"text": "a: [", "revision": "1"})
    assert again.status_code == 409
    assert "a: [" in again.content.decode(), "what was typed stays"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("edit/", "nonsense"),
        ("edit/", "[]"),
        ("edit/", "{}"),
        ("edit/", '{"operation": 7}'),
        ("edit/", '{"operation": {"kind": "explode"}}'),
        ("edit/", '{"operation": {"kind": "rename", "element": 1, "name": "x"}}'),
        ("edit/", '{"operation": {"kind": "delete-steps", "steps": []}, "id": 5}'),
        ("undo/", "{}"),
        ("redo/", '{"revision": true}'),
        ("code/", '{"revision": 0}'),
        ("code/", '{"text": "name: x"}'),
        ("edit/", '{"operation": ' + "[" * 5000 + "]" * 5000 + "}"),
    ],
)
def test_a_request_that_cannot_be_read_says_why(vera, opened, path, body):
    answer = vera.post(opened(vera).address + path, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_a_document_that_is_too_large_is_refused_at_the_door(vera, begun):
    at = begun(vera)
    place = {"segment": "main", "after": [], "before": []}
    many = [{"name": f"s{number}", "action": "draft_air.book"} for number in range(MAX_STEPS + 1)]
    assert str(MAX_STEPS) in at.edit("add-steps", steps=many, place=place).json()["error"]["message"]
    huge = at.edit("set-field", element="saga", field="title", value="x" * 300_000)
    assert (huge.status_code, "limit" in huge.json()["error"]["message"]) == (409, True)
    text = "name: trip\nsegments:\n- {name: a, style: orchestrated, steps: [" + "{name: s}," * (MAX_STEPS + 1) + "]}\n"
    assert at.type(text).status_code == 409
    assert at.get("state/").json()["revision"] == 0


def test_a_session_that_ended_is_told_as_json(vera, opened):
    at = opened(vera)
    answer = Client().post(at.address + "edit/", "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "Log in again" in answer.json()["error"]["message"]


def test_a_draft_cannot_be_renamed_out_of_the_scope_of_its_author(person, begun):
    from django.contrib.auth.models import Group

    from sagaflow.models import Scope

    Scope.objects.create(group=Group.objects.create(name="trips"), saga="trip")
    client = person(*ALL, groups=["trips"])
    at = begun(client)
    refused = at.edit("rename", element="saga", name="other")
    assert refused.status_code == 403
    assert client.post("/design/new/", {"name": "other", "steps": ""}).status_code == 403
    assert at.get("state/").json()["document"]["name"] == "trip"


def test_hostile_labels_are_text_in_drawing_and_page(vera, begun):
    at = begun(vera)
    evil = "</script><img src=x onerror=alert(1)>"
    at.edit("set-field", element="saga", field="title", value=evil)
    at.edit("set-field", element="segments/main", field="title", value=evil)
    assert "<img src=x" not in at.get().content.decode()
    assert "<img" not in at.state["drawing"]


def test_a_document_that_cannot_be_drawn_keeps_the_page_alive(vera, opened):
    at = opened(vera)
    for text in ("name: x\nsegments: 5\n", "segments: [7, {name: 3}, {steps: {}}]\n", "x: y\n"):
        assert at.type(text).status_code == 200, text
        assert at.get().status_code == 200
        assert at.state["problems"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(data=st.data())
def test_any_sequence_of_gestures_can_be_undone_and_done_again(data):
    """The law of the history, also when gestures are refused in between, and when the text is typed."""
    user = user_of("gerda", *ALL)
    line = drafts.create(NewDraft(saga=TRIP.name, source="code", document=document.dump(TRIP)), "gerda")
    documents = [line.document]
    for _ in range(data.draw(st.integers(1, 6), label="gestures")):
        gesture = data.draw(gestures(documents[-1]))
        try:
            editing.edit(user, line.id, gesture.document())
        except (Refused, editing.BadRequest):
            continue
        documents.append(drafts.read(line.id).document)
    for expected in reversed(documents[:-1]):
        editing.undo(user, line.id, drafts.read(line.id).revision)
        assert same(drafts.read(line.id).document, expected)
    for expected in documents[1:]:
        editing.redo(user, line.id, drafts.read(line.id).revision)
        assert same(drafts.read(line.id).document, expected)
    assert DraftEdit.objects.filter(draft=line.id).count() == len(documents) - 1


def test_the_names_of_steps_from_lines_are_always_valid(vera):
    lines = "\n".join(["Äpfel kaufen", "123", "a" * 300, "x.y", "9.9", "—", "Book, pay & go"])
    made = from_lines("shop", lines, {})
    assert document.problems(made) == ()


def test_a_document_is_checked_before_its_draft_is_locked(vera, opened, monkeypatch):
    draft, checked = opened(vera), []
    outside = len(connection.savepoint_ids)
    load = sketches.documents.load

    def watched(document, *rest):
        checked.append((document.get("title"), len(connection.savepoint_ids) - outside))
        return load(document, *rest)

    monkeypatch.setattr(sketches.documents, "load", watched)
    assert draft.edit("set-field", element="saga", field="title", value="By a field").status_code == 200
    assert draft.type(json.dumps({**draft.state["document"], "title": "By text"})).status_code == 200
    assert {title for title, _ in checked} >= {"By a field", "By text"}
    assert {depth for _, depth in checked} == {0}
