"""The errors of the core can be printed, sent and stored, and name every fault."""

import pytest

from sagaflow.core.errors import Fault, InvalidDefinition

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a step", "a step"), ("a\x00b", "a\\x00b"), ("half \ud83d of a pair", "half \\ud83d of a pair")],
    ids=["plain", "NUL", "surrogate"],
)
def test_a_fault_holds_nothing_that_cannot_be_stored(given, kept):
    assert str(Fault(given, given)) == f"{kept}: {kept}"


def test_an_invalid_definition_names_each_of_its_faults():
    faults = (Fault("saga", "It has no name; give it one."), Fault("segments/a", "It is empty; add a step."))
    told = str(InvalidDefinition(faults))
    assert told.splitlines()[1:] == [f"  - {fault}" for fault in faults]
