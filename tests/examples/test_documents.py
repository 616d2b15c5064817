"""Every example is a valid document, and its runs account for each effect that they leave behind."""

import pytest
from jsonschema import Draft202012Validator

from sagaflow import discovery, registry
from sagaflow.core.definition.document import dump, load, schema
from sagaflow.core.simulation.simulate import simulate

discovery.autodiscover()
SAGAS = [pytest.param(registry.get_saga(saga.name), id=saga.name) for saga in registry.sagas()]

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("saga", SAGAS)
def test_its_document_fits_the_schema_and_is_read_back(saga):
    Draft202012Validator(schema()).validate(dump(saga))
    assert load(dump(saga)) == saga
    assert load(dump(saga)).digest == saga.digest


@pytest.mark.parametrize("saga", SAGAS)
def test_whatever_goes_wrong_every_effect_is_accounted_for(saga):
    assert [each for each in simulate(saga, {}) if each.inconsistent] == []
