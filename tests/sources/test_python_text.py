"""A definition that was written as Python code is the same definition, whatever it holds."""

from pathlib import Path

import pytest
from hypothesis import given

from sagaflow import registry
from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.sources.python_text import python_text
from tests.core.strategies import KINDS, sagas

SAMPLES = sorted((Path(__file__).parents[2] / "designer" / "drafts" / "samples").glob("*.yaml"))


def executed(code):
    """The saga that the code registers, in a registry of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_sagas", "_sources", "_actions"):
            patch.setattr(registry, name, {})
        exec(compile(code, "<printed>", "exec"), {"__name__": "printed"})
        return registry.sagas()[0], {action.name for action in registry.actions()}


@given(sagas(kinds=(*KINDS, "saga"), with_mappings=True, with_timeouts=True, with_ornaments=True))
def test_the_printed_code_makes_the_same_definition(saga):
    printed, actions = executed(python_text(saga))
    assert printed.digest == saga.digest
    assert actions == set()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_templates_are_printed_as_a_person_writes_them(path):
    from sagaflow.sources import saga_files

    saga = saga_files.read(path)
    code = python_text(saga)
    assert executed(code)[0].digest == saga.digest
    assert max(map(len, code.splitlines())) <= 120
    assert code.startswith("from sagaflow import ")


def test_planned_actions_get_stubs_that_say_so():
    saga = Saga("class", orchestrated("main", Step("a", "one.go", undo="two.go"), title='It\'s "quoted"\n'))
    printed, actions = executed(python_text(saga, planned={"one.go", "two.go"}))
    assert (document.dump(printed), actions) == (document.dump(saga), {"one.go", "two.go"})
