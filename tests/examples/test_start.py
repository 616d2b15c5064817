"""The examples in the input schemas, which the pages offer to a new user."""

import re

import pytest

from designer.pages.schema_form import examples_of
from sagaflow import registry
from sagaflow.core.run.state import RunStatus
from sagaflow.testing import given
from tests.docs.markdown import ROOT
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


ENDINGS = {"Completes": RunStatus.COMPLETED, "Rolls back": RunStatus.ROLLED_BACK}


@pytest.mark.quick
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_saga_offers_an_input_to_start_with(name):
    schema = registry.get_saga(name).input_schema
    assert schema is not None
    assert schema["examples"]
    assert all(set(example) == set(schema["properties"]) for example in schema["examples"])
    assert len(schema["x-example-titles"]) == len(schema["examples"])
    assert all(title.startswith(tuple(ENDINGS)) for title in schema["x-example-titles"])


@pytest.mark.quick
def test_no_two_example_sagas_have_the_same_title():
    titles = [registry.get_saga(name).title for name in EXAMPLES]
    assert len(set(titles)) == len(titles)


@pytest.mark.db
@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("name", COMPLETE)
def test_the_title_of_an_example_says_how_its_run_ends_and_the_first_one_completes(name):
    examples = examples_of(registry.get_saga(name))
    assert examples[0].title.startswith("Completes")
    assert len(examples) > 1
    for example in examples:
        said = next(ending for words, ending in ENDINGS.items() if example.title.startswith(words))
        given(name, example.value).run().is_(said)


@pytest.mark.quick
def test_the_saga_that_the_readme_teaches_is_the_first_one_that_pages_suggest():
    taught = re.search(r"one of the (\w+) examples of \*([^*]+)\*", (ROOT / "README.md").read_text())
    first = registry.get_saga(registry.names()[0])
    assert (first.title, len(examples_of(first))) == (taught[2], {"three": 3}[taught[1]])
