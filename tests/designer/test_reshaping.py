"""The forms that extract steps into a sub-saga, put the steps of one back, and find and replace."""

from sagaflow import registry
from sagaflow.core.definition.saga import Saga, Step, SubSaga, orchestrated
from sagaflow.models import Draft
from tests.designer.conftest import ALL


def names(at):
    return [step["name"] for segment in at.get("state/").json()["document"]["segments"] for step in segment["steps"]]


def text_of(answer, status=200):
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def test_steps_become_a_sub_saga_with_a_draft_of_its_own_and_come_back(vera, opened):
    at = opened(vera)
    page = text_of(at.get("extract/?step=flight&step=hotel"))
    assert "flight, hotel" in page
    assert 'value="draft_trip-part"' in page
    assert "<svg" in page
    answer = vera.post(f"{at.address}extract/?step=flight&step=hotel", {"saga": "bookings", "name": "all"}, follow=True)
    assert "Extracted 2 steps into &#x27;bookings&#x27;, which has a draft of its own now." in text_of(answer)
    assert names(at) == ["all", "letter"]
    child = Draft.objects.get(name="bookings")
    assert (child.source, child.created_by) == ("new", Draft.objects.get(name="draft_trip").created_by)
    page = text_of(at.get("inline/?step=all"))
    assert "Its 2 steps come in the place of that step" in page
    assert "<svg" in page
    text_of(vera.post(f"{at.address}inline/?step=all", follow=True))
    assert names(at) == ["flight", "hotel", "letter"]
    at.state = at.get("state/").json()
    at.undo()
    assert at.undo().status_code == 200
    assert names(at) == ["flight", "hotel", "letter"]
    assert Draft.objects.filter(name="bookings").exists()


def test_a_refused_extraction_changes_nothing_and_leaves_no_draft(vera, opened):
    at = opened(vera)
    path = f"{at.address}extract/?step=flight"
    for sent, why in (
        ({"saga": "draft_trip"}, "There is a saga &#x27;draft_trip&#x27; already"),
        ({"saga": "no name"}, "is not a valid name"),
        ({"saga": "fine", "name": "no name"}, "is not a valid name"),
    ):
        page = text_of(vera.post(path, sent), 409)
        assert why in page
        assert f'value="{sent["saga"]}"' in page
    assert Draft.objects.count() == 1
    assert names(at) == ["flight", "hotel", "letter"]


def test_what_cannot_be_extracted_or_put_here_is_said_before_the_form(vera, opened):
    at = opened(vera)
    for path, why in (
        ("extract/", "Select some steps first."),
        ("extract/?step=flight&step=letter", "are in two segments"),
        ("extract/?step=gone", "There is no step &#x27;gone&#x27; any more."),
        ("inline/?step=flight", "&#x27;flight&#x27; starts no saga; choose a step that does."),
        ("inline/", "There is no step &#x27;&#x27; any more."),
    ):
        page = text_of(at.get(path))
        assert why in page, path
        assert "Back to the draft" in page
        assert '<form class="card' not in page
        assert text_of(vera.post(at.address + path), 409)
    assert names(at) == ["flight", "hotel", "letter"]


def test_a_registered_saga_comes_in_and_one_that_is_not_seen_does_not(person, opened):
    registry.register(
        Saga("draft_other", orchestrated("own", Step("hotel", "draft_bed.book", undo="draft_bed.cancel")))
    )
    registry.register(
        Saga("draft_outer", orchestrated("all", Step("hotel", "draft_bed.book"), Step("sub", SubSaga("draft_other"))))
    )
    at = opened(person(*ALL), "draft_outer")
    text_of(at.client.post(f"{at.address}inline/?step=sub", follow=True))
    assert names(at) == ["hotel", "hotel_2"]
    registry._sagas.pop("draft_other")
    at.state = at.get("state/").json()
    at.undo()
    assert "There is no saga &#x27;draft_other&#x27; that you may see" in text_of(at.get("inline/?step=sub"))


def test_the_places_of_a_text_are_listed_before_they_are_replaced(vera, opened):
    at = opened(vera)
    assert "Show the places" in text_of(at.get("replace/"))
    assert "Not found" in text_of(at.get("replace/?find=train"))
    page = text_of(at.get("replace/?find=draft_bed.&replace=rooms."))
    assert "2 places" in page
    assert page.count("rooms.book") == 1
    answer = vera.post(at.address + "replace/", {"find": "draft_bed.", "replace": "rooms."}, follow=True)
    assert "Replaced &#x27;draft_bed.&#x27; by &#x27;rooms.&#x27; in 2 places." in text_of(answer)
    assert "rooms.book" in str(at.get("state/").json()["document"])
    refused = vera.post(at.address + "replace/", {"find": "rooms.", "replace": "x"})
    assert "would become &#x27;xbook&#x27;, which is not valid" in text_of(refused, 409)
    assert "Enter the text to find." in text_of(vera.post(at.address + "replace/"), 409)
    assert text_of(at.get(f"replace/?find={'x' * 2_000}")).count("x" * 501) == 0
