"""The page of unreadable messages: only some users publish a message again."""

import pytest

from sagaflow import models
from sagaflow.store import unreadable
from tests.people import client_as, user_of
from tests.records import VIEWS

pytestmark = pytest.mark.django_db(transaction=True)
URL = {"url": "nats://broker.example:4222", "topic": "crm.>"}
LIST = "/admin/sagaflow/unreadablemessage/"


@pytest.fixture
def message():
    unreadable.set_aside("crm", b'{"type": "Rained"}', {}, "CRM 7", "It is not a CloudEvent.", longest=99)
    return models.UnreadableMessage.objects.get()


def test_a_message_that_can_be_read_now_is_published_and_leaves_the_list(boss, message, settings):
    pointers = {"event": "/type", "id": "/type"}
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"crm": {**URL, "message": pointers}}}
    assert "Publish again" in boss.get(f"{LIST}{message.pk}/change/").content.decode()
    answer = boss.post(f"{LIST}{message.pk}/replay/", follow=True)
    assert "The event &#x27;Rained&#x27; of source &#x27;crm&#x27; was published." in answer.content.decode()
    assert not models.UnreadableMessage.objects.exists()
    assert boss.post(f"{LIST}{message.pk}/replay/").status_code == 404


def test_a_message_that_still_cannot_be_read_stays_with_the_new_reason(boss, message, settings):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "SOURCES": {"crm": {**URL, "message": {"event": "/type", "id": "/id"}}}}
    answer = boss.post(f"{LIST}{message.pk}/replay/", follow=True)
    assert "The message was not published. It has nothing at &#x27;/id&#x27;" in answer.content.decode()
    message.refresh_from_db()
    assert "nothing at '/id'" in message.reason


def test_only_a_user_who_may_publish_and_start_replays_and_another_one_is_told_why(message):
    auditor = client_as(user_of("auditor", *VIEWS, staff=True))
    shown = auditor.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "may not publish events" in shown
    assert "formaction" not in shown
    assert auditor.post(f"{LIST}{message.pk}/replay/").status_code == 403
    assert auditor.get(f"{LIST}{message.pk}/replay/").status_code == 405
