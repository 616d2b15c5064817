"""The code that each planted fault replaces exists. A change that displaces a fault fails this quick test."""

from pathlib import Path

import pytest

import sagaflow
from tests.planted.designer_faults import DESIGNER
from tests.planted.faults import AROUND, FAULTS

pytestmark = pytest.mark.quick
ROOT = Path(sagaflow.__file__).parents[1]


FOLDERS = {"sagaflow/core": FAULTS, "sagaflow": AROUND, "": DESIGNER}
PLACES = [
    pytest.param(folder, each, id=each.name.replace(" ", "-")) for folder, faults in FOLDERS.items() for each in faults
]


@pytest.mark.parametrize(("folder", "fault"), PLACES)
def test_the_place_of_each_planted_fault_is_there(folder, fault):
    text = (ROOT / folder / fault.file).read_text()
    assert text.count(fault.right) == 1, f"{fault.file} no longer contains exactly once: {fault.right}"


@pytest.mark.parametrize("fault", [*AROUND, *DESIGNER], ids=lambda fault: fault.name.replace(" ", "-"))
def test_no_planted_fault_changes_the_tables_because_its_tests_begin_with_migrated_databases(fault):
    assert not {"migrations", "models"} & {Path(part).stem for part in Path(fault.file).parts}
