"""S2: the suggestions of the linter and the predictions of the simulator, compared with what the forms really do."""

import pytest

from sagaflow import registry
from sagaflow.core.lint import Severity, apply, lint
from sagaflow.core.simulation.simulate import Case, simulate
from sagaflow.testing import given
from tests.examples.streamtech import ALIEN, FORMS, METROPOLIS, MIXED, REORDERED

EXAMPLES = (
    "create-customer",
    "create-customer-choreographed",
    "goods-receiving",
    "order-fulfilment",
    "order-fulfilment-choreographed",
    "order-fulfilment-orchestrated",
    "order-fulfilment-reordered",
    "place-order-choreographed",
    "place-order-orchestrated",
    "place-order-patient",
    "provision-user",
    "provision-user-choreographed",
    "returns",
    "verify-customer",
    "verify-customer-choreographed",
    "verify-customer-locally",
)


@pytest.mark.quick
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_earns_a_warning(name):
    assert [finding for finding in lint(registry.get_saga(name)) if finding.severity is Severity.WARNING] == []


@pytest.mark.quick
@FORMS
def test_the_linter_proposes_to_award_points_last_and_its_move_makes_the_reordered_form(form):
    saga = registry.get_saga(form)
    (finding,) = _about_points(saga)
    assert (finding.proposal.step, finding.proposal.after) == ("award_points", ("dispatch_order",))
    moved = apply(saga, finding.proposal)
    assert moved.graph.before == registry.get_saga(REORDERED).graph.before
    assert _about_points(moved) == []


@pytest.mark.quick
@FORMS
@pytest.mark.parametrize("step", ["award_points", "notify_customer"])
def test_a_refusal_beside_packing_has_two_ends_and_the_linter_names_the_race(form, step):
    saga = registry.get_saga(form)
    ends = [each for each in simulate(saga, ALIEN, steps={step}) if each.case is Case.BUSINESS_ERROR]
    assert {(each.status.value, each.decides) for each in ends} == {
        ("parked", "package_order comes first"),
        ("rolled_back", f"{step} is refused before package_order"),
    }
    assert all({"take_payment", "place_order"} <= {*each.compensated} for each in ends if each.status == "rolled_back")
    (finding,) = [each for each in lint(saga) if each.element.endswith(f"/{step}")]
    assert "runs in parallel with 'package_order'" in finding.message


def _about_points(saga):
    return [each for each in lint(saga) if each.rule == "could-come-later" and each.element.endswith("/award_points")]


@pytest.mark.quick
def test_the_simulator_shows_that_the_move_saves_one_compensation():
    first, reordered = (_item_missing(name) for name in (MIXED, REORDERED))
    assert set(first.compensated) - set(reordered.compensated) == {"award_points"}
    assert (len(first.compensated), len(reordered.compensated)) == (5, 4)
    assert first.semantic == reordered.semantic == ("notify_customer",)


@pytest.mark.django_db(databases=["default", "participant"])
@pytest.mark.parametrize("form", [MIXED, REORDERED])
def test_what_the_simulator_foretells_comes_true(form):
    foretold = _item_missing(form)
    run = given(form, METROPOLIS).run().is_(foretold.status.value)
    assert sorted(foretold.compensated) == sorted(name for name, step in run.state.steps.items() if step.undo_attempts)


def _item_missing(name):
    outcomes = simulate(registry.get_saga(name), ALIEN)
    return next(each for each in outcomes if (each.step, each.case) == ("package_order", Case.BUSINESS_ERROR))
