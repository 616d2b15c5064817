"""The code that each planted fault replaces exists. A change that displaces a fault fails this quick test."""

from pathlib import Path

import pytest

import sagaflow
from tests.planted.faults import AROUND, FAULTS

pytestmark = pytest.mark.quick
ROOT = Path(sagaflow.__file__).parents[1]


@pytest.mark.parametrize("fault", [*FAULTS, *AROUND], ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_place_of_each_planted_fault_is_there(fault):
    file = ROOT / "sagaflow" / ("" if fault in AROUND else "core") / fault.file
    assert file.read_text().count(fault.right) == 1, f"{fault.file} no longer contains exactly once: {fault.right}"
