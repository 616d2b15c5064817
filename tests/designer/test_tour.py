"""The tour of the designer: every step is seen as done by what was done, and its panel is on every page."""

import re

import pytest
from django.contrib.auth.models import User

from designer.drafts import samples
from sagaflow import BusinessError, engine, registry
from sagaflow.core.definition import document as documents
from sagaflow.models import Draft
from sagaflow.registry import Action
from sagaflow.testing import moving_clock
from tests.designer.conftest import ALL, Designer

CUSTOMER = {"name": "Ben", "email": "ben@example.org", "address": "Nowhere 1"}


def refuses(context):
    raise BusinessError("address_unknown", "The post does not know it.")


@pytest.fixture
def example(_known):
    """The example that the tour copies, whose welcome pack is refused."""
    saga = documents.load(samples.document_of("create-customer", "create-customer"))
    registry.register(saga)
    calls = {
        work for step in saga.steps.values() for work in (step.does.calls, step.undo.does and step.undo.does.calls)
    }
    for name in calls - {None}:
        refused = name == "post.send_welcome_pack"
        registry.add(
            Action(
                name=name, does=refuses if refused else lambda context: {"customer": "", "account": "", "recipient": ""}
            )
        )


def begin(client):
    page = client.get("/design/?tour").content.decode()
    name = re.search(r'name="name" value="(tour-\d+)"', page)[1]
    answer = client.post("/design/new/", {"name": name, "template": "create-customer", "tour": "begin"})
    return Designer(client, answer["Location"])


def panel(client):
    """The number and the words of the panel."""
    page = client.get("/design/tour/").content.decode()
    number = re.search(r'data-tour="(\d)"', page)
    return int(number[1]) if number else None


def run(saga):
    started = engine.start(saga, CUSTOMER, by="vera")
    for _ in range(50):
        engine.wake(started, known=registry.known())


def test_five_steps_lead_to_a_run_that_is_rolled_back(example, vera):
    assert panel(vera) is None
    at = begin(vera)
    assert panel(vera) == 1
    at.edit("set-field", element="segments/welcome/steps/create_customer", field="title", value="Greet")
    assert panel(vera) == 2
    at.undo()
    assert panel(vera) == 1
    at.redo()
    at.edit("switch-style", segment="welcome", style="choreographed")
    assert panel(vera) == 3
    assert at.get("ghost/?step=create_customer").status_code == 200
    assert panel(vera) == 3  # another step: its rollback undoes nothing
    assert at.get("ghost/?step=send_welcome_pack").status_code == 200
    assert panel(vera) == 4
    assert 'data-tour="4"' in vera.get("/definitions/").content.decode()
    vera.post(at.address + "publish/", {"note": ""})
    assert panel(vera) == 5
    page = vera.get("/design/tour/").content.decode()
    assert "/definitions/tour-1/start/?example=1" in page
    run("tour-1")
    assert panel(vera) == 0
    assert "The tour is done" in (page := vera.get("/").content.decode())
    assert "Open the rollback record" not in page  # she is not of the staff
    assert vera.post("/design/tour/", {"do": "close"})["Location"] == "/"
    assert panel(vera) is None
    assert "The tour is done" not in vera.get("/").content.decode()


def test_the_step_of_the_rollback_is_named_as_its_box_and_if_it_is_gone_any_step_counts(example, vera):
    at = begin(vera)
    vera.post("/design/tour/", {"do": "skip"})
    at.edit("switch-style", segment="welcome", style="choreographed")
    assert "Select the box Send welcome pack, then" in vera.get("/design/tour/").content.decode()
    at.edit("set-field", element="segments/welcome/steps/send_welcome_pack", field="title", value="Post the pack")
    assert "Select the box Post the pack, then" in vera.get("/design/tour/").content.decode()
    at.edit("rename", element="segments/welcome/steps/send_welcome_pack", name="post_pack")
    assert "Select the box of any step, then" in vera.get("/design/tour/").content.decode()
    assert at.get("ghost/?step=send_welcome_pack").status_code != 200
    assert panel(vera) == 3
    assert at.get("ghost/?step=create_customer").status_code == 200
    assert panel(vera) == 4


def test_its_last_words_lead_staff_to_the_record(example, vera):
    User.objects.update(is_staff=True, is_superuser=True)
    begin(vera)
    for _ in range(4):
        vera.post("/design/tour/", {"do": "skip"})
    run("create-customer")
    [link] = re.findall(r'<a href="([^"]+)">Open the rollback record', vera.get("/design/tour/").content.decode())
    assert "Rollback" in vera.get(link).content.decode()


def test_a_tour_that_is_over_says_so_for_a_minute(example, vera):
    with moving_clock() as clock:
        at = begin(vera)
        vera.post("/design/tour/", {"do": "skip"})
        at.edit("switch-style", segment="welcome", style="choreographed")
        vera.post("/design/tour/", {"do": "skip"})
        vera.post(at.address + "publish/", {"note": ""})
        run("tour-1")
        assert "The tour is done" in vera.get("/").content.decode()
        clock.advance(59)
        assert "The tour is done" in vera.get("/").content.decode()
        clock.advance(2)
        assert "The tour is done" not in vera.get("/").content.decode()
        assert panel(vera) is None
        assert "Take the tour" not in vera.get("/design/").content.decode(), "it was done"
        del vera.cookies["sessionid"]
        vera.force_login(User.objects.get(username="vera"))
        assert "Take the tour" not in vera.get("/design/").content.decode()
        assert "Take the tour" in vera.get("/design/?tour").content.decode()


def test_a_step_can_be_skipped_and_without_a_new_version_the_example_is_run(example, vera):
    begin(vera)
    for number in (2, 3, 4, 5):
        vera.post("/design/tour/", {"do": "skip"})
        assert panel(vera) == number
    run("create-customer")
    assert panel(vera) == 0


def test_who_may_not_publish_is_told_so_and_goes_on(example, person):
    client = person(*(each for each in ALL if each != "publish_saga"))
    begin(client)
    for _ in range(3):
        client.post("/design/tour/", {"do": "skip"})
    page = client.get("/design/tour/").content.decode()
    assert "Skip this step: the tour goes on with the example" in page
    assert "review" not in page


def test_a_renamed_draft_is_followed_and_a_discarded_one_ends_the_tour(example, vera):
    at = begin(vera)
    at.edit("rename", element="saga", name="mine")
    assert panel(vera) == 1
    at.edit("set-field", element="segments/welcome/steps/create_customer", field="title", value="Greet")
    vera.post(at.address + "publish/", {"note": ""})
    assert "/definitions/mine/start/" in vera.get("/design/tour/").content.decode()
    vera.post("/design/tour/", {"do": "close"})
    at = begin(vera)
    assert panel(vera) == 1
    vera.post(at.address + "discard/", {"confirmed": "yes"})
    assert panel(vera) is None
    assert vera.post("/design/tour/", {"do": "skip"}).status_code == 302
    assert panel(vera) is None


def test_who_may_not_start_runs_is_offered_no_tour(person, example):
    client = person(*(each for each in ALL if each != "start_run"))
    assert "Take the tour" not in client.get("/design/").content.decode()


def test_who_does_not_want_the_tour_hides_it_and_still_finds_it(vera, example):
    assert 'value="close">Hide' in vera.get("/design/").content.decode()
    answer = vera.post("/design/tour/", {"do": "close"}, HTTP_REFERER="http://testserver/design/?tour")
    assert answer["Location"] == "http://testserver/design/"
    assert "Take the tour" not in vera.get("/design/").content.decode()
    [found] = vera.get("/jump/?q=tour").json()["results"]
    assert (found["title"], found["href"]) == ("Tour of the designer", "/design/?tour")
    assert "Take the tour" in vera.get(found["href"]).content.decode()
    assert 'href="/design/?tour"' in vera.get("/").content.decode(), "in the menu of the account"


def test_the_tour_is_offered_while_it_is_not_taken_and_its_example_is_here(vera, example):
    begin(vera)
    assert "Take the tour" not in vera.get("/design/").content.decode()
    registry._sagas.pop("create-customer")
    vera.post("/design/tour/", {"do": "close"})
    assert "Take the tour" not in vera.get("/design/").content.decode()
    assert Draft.objects.count() == 1
