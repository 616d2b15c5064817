"""An event of the relay is as the contract of its saga describes it."""

import pytest
from jsonschema import Draft202012Validator

from sagaflow.core.contracts import describe
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.lint import Known
from sagaflow.processes.relay import cloud_event
from sagaflow.store import Message

PAID = {"type": "object", "required": ["id"]}
SHOP = Saga("shop", orchestrated("main", Step("pay", "s.pay", emits="Paid")))


@pytest.mark.parametrize("key", ["", "order-7"])
def test_an_event_that_is_relayed_fits_its_message_and_has_every_attribute_of_it(key):
    place = {"id": 1, "run_id": "7", "saga": "shop", "step": "pay", "seq": 12, "cause": 11, "created_at": 1.5}
    event = cloud_event(Message(**place, key=key, event="Paid", payload={"id": "p"}, observer="", attempts=1))
    document = describe(SHOP, Known(schemas={"s.pay": (None, PAID)}))
    described = document["components"]["messages"]["Paid"]["payload"]
    assert Draft202012Validator({**described, "components": document["components"]}).is_valid(event)
    assert set(event) == set(described["properties"]) - (set() if key else {"runkey"})
