"""SAGAFLOW["ENCODER"] decides how the project's own types are written, wherever a value enters."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given

from sagaflow import Saga, Step, conf, engine, orchestrated
from sagaflow.checks.settings import encoder_is_usable
from sagaflow.core.errors import InvalidPayload
from sagaflow.registry import Action, standing_in
from tests.core.test_payload import JSON
from tests.core.thoroughness import examples
from tests.engine.conftest import BOTH, finish

pytestmark = pytest.mark.django_db(databases=BOTH)
NOT_CALLABLE = "text"


def write(value):
    """An encoder that writes fractions in its own way, amounts in cents, and the rest like the default one."""
    if isinstance(value, Fraction):
        return [value.numerator, value.denominator]
    if isinstance(value, Decimal):
        return int(value * 100)
    raise TypeError


@pytest.fixture
def encoder(settings):
    def use(path):
        settings.SAGAFLOW = {**settings.SAGAFLOW, "ENCODER": path}
        conf.current.cache_clear()

    yield use
    conf.current.cache_clear()


def echoed(value):
    """The input as stored, and the output of an action that returns ``value``."""
    saga = Saga("echo", orchestrated("main", Step("echo", "odd.echo")))
    with standing_in(saga, Action(name="odd.echo", does=lambda _: value)):
        run = engine.start("echo", value)
        finish(run)
    _, state = engine.state(run)
    return state.input, state.steps["echo"].output


def test_it_goes_before_the_encodings_of_the_framework(encoder):
    given = {"share": Fraction(1, 3), "price": Decimal("12.10"), "at": datetime.fromisoformat("2026-05-01")}
    assert echoed({"price": Decimal("12.10")}) == ({"price": "12.10"},) * 2
    with pytest.raises(InvalidPayload, match="/share is a Fraction; use JSON types, or teach your ENCODER"):
        engine.start("five", given)
    encoder("tests.engine.test_encoder.write")
    assert echoed(given) == ({"share": [1, 3], "price": 1210, "at": "2026-05-01T00:00:00+00:00"},) * 2


@pytest.mark.parametrize("path", ["nowhere.at_all", "tests.engine.test_encoder.missing", f"{__name__}.NOT_CALLABLE"])
def test_an_encoder_that_cannot_be_used_is_found_by_a_system_check(encoder, path):
    encoder(path)
    (fault,) = encoder_is_usable()
    assert (fault.id, path in fault.msg) == ("sagaflow.E005", True)
    encoder("tests.engine.test_encoder.write")
    assert encoder_is_usable() == []


def test_its_name_is_a_dotted_path(encoder):
    encoder(write)
    with pytest.raises(ImproperlyConfigured, match=r"ENCODER is .*dotted path"):
        conf.current()


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_every_json_value_is_stored_and_read_back_unchanged(value):
    assert [typed(found) for found in echoed(value)] == [typed(value)] * 2


def typed(value):
    """Add types to the values, so that 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), repr(value)
