"""Every surface lists exactly the verbs of the table."""

import argparse

import pytest

from sagaflow import Call, Saga, Step, orchestrated
from sagaflow.api.urls import api
from sagaflow.core.run import queries
from sagaflow.core.run.state import RunState, StepState
from sagaflow.core.run.verbs import BULK_VERBS, OPERATE_VERBS, RUN_VERBS, STEP_VERBS, VERBS
from sagaflow.management.sub import operate
from tests.docs.test_reference import rows

pytestmark = pytest.mark.quick

SAGA = Saga("parcel", orchestrated("m", Step("ship", Call("depot.ship"))))
STATE = RunState(steps={"ship": StepState()})


def test_a_run_and_a_step_answer_for_each_verb_whether_it_applies():
    assert list(queries.allowed(SAGA, STATE, 0.0)) == list(RUN_VERBS)
    assert list(queries.allowed(SAGA, STATE, 0.0, "ship")) == list(STEP_VERBS)


def test_the_api_takes_the_verbs_that_need_no_more_than_operate_run():
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    [path] = [path for path in paths if path.endswith("{verb}")]
    [verb] = [given["schema"] for given in paths[path]["post"]["parameters"] if given["name"] == "verb"]
    assert verb["enum"] == list(OPERATE_VERBS)


def test_the_command_takes_and_explains_the_same_verbs():
    operate.add_arguments(parser := argparse.ArgumentParser())
    [verb] = [action for action in parser._actions if action.dest == "verb"]
    assert list(verb.choices) == list(OPERATE_VERBS)
    assert [name for name in OPERATE_VERBS if f" {name} " not in operate.__doc__] == []


def test_the_reference_has_a_row_for_each_verb_that_says_what_it_is_about():
    of_engine = rows("engine-api")
    assert {name: of_engine[f"`{name}`"][0][0] for name in VERBS} == {
        name: "step" if verb.on_step else "run" for name, verb in VERBS.items()
    }


def test_a_verb_for_many_runs_needs_no_input_and_no_other_permission():
    assert set(BULK_VERBS) <= set(OPERATE_VERBS)
    assert [name for name in BULK_VERBS if VERBS[name].takes not in ("", "output")] == []
