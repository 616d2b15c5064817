"""The examples in the input schemas, which the pages offer to a new user."""

import pytest

from sagaflow import registry
from sagaflow.core.run.state import RunStatus
from sagaflow.testing import given
from tests.examples.test_advice import EXAMPLES

COMPLETE = (
    "order-fulfilment",
    "order-fulfilment-orchestrated",
    "order-fulfilment-choreographed",
    "order-fulfilment-reordered",
    "place-order-orchestrated",
    "place-order-choreographed",
    "provision-user",
    "provision-user-choreographed",
    "verify-customer",
    "verify-customer-choreographed",
    "verify-customer-locally",
    "goods-receiving",
)


@pytest.mark.quick
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_saga_offers_an_input_to_start_with(name):
    schema = registry.get_saga(name).input_schema
    assert schema is not None
    assert schema["examples"]
    assert all(set(example) == set(schema["properties"]) for example in schema["examples"])


@pytest.mark.quick
def test_no_two_example_sagas_have_the_same_title():
    titles = [registry.get_saga(name).title for name in EXAMPLES]
    assert len(set(titles)) == len(titles)


@pytest.mark.db
@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("name", COMPLETE)
def test_the_first_example_completes_and_the_others_roll_back(name):
    first, *others = registry.get_saga(name).input_schema["examples"]
    given(name, first).run().is_(RunStatus.COMPLETED)
    assert others
    for example in others:
        given(name, example).run().is_(RunStatus.ROLLED_BACK)
