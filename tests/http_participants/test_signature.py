"""Requests are signed as in Standard Webhooks: the reference library accepts them, and refuses all others."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sagaflow.core.participant import TechnicalError
from sagaflow.participants.signature import signature_headers

OLD, NEW, OTHER = (f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (1, 2, 3))
BODY = '{"amount":12,"currency":"€"}'.encode()


@pytest.mark.parametrize("key", [OLD, NEW])
def test_the_reference_library_accepts_the_signature_by_each_key_of_a_rotation(key):
    headers = signature_headers([OLD, NEW], "run:step:do", int(time.time()), BODY, "payments")
    assert Webhook(key).verify(BODY, headers) == {"amount": 12, "currency": "€"}


@pytest.mark.parametrize(("key", "body"), [(OTHER, BODY), (OLD, BODY + b" ")])
def test_another_key_or_another_body_is_not_accepted(key, body):
    headers = signature_headers([OLD], "run:step:do", int(time.time()), BODY, "payments")
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body, headers)


def test_a_key_that_is_no_base64_is_refused_without_showing_it():
    with pytest.raises(TechnicalError, match="connection 'payments' is not base64") as caught:
        signature_headers(["hunter2!"], "id", 0, BODY, "payments")
    assert "hunter2" not in str(caught.value)
