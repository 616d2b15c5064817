"""The values of the core are frozen, so that no decision changes what an earlier one rests on."""

import dataclasses
import importlib
import pkgutil

import pytest

import sagaflow.core

pytestmark = pytest.mark.quick
WORKING = {"Ledger"}
"""Classes that gather while one function works. No run keeps them."""


def values():
    for module in pkgutil.walk_packages(sagaflow.core.__path__, "sagaflow.core."):
        for name, thing in vars(importlib.import_module(module.name)).items():
            ours = isinstance(thing, type) and thing.__module__ == module.name and dataclasses.is_dataclass(thing)
            if ours and not name.startswith("_") and name not in WORKING:
                yield thing


@pytest.mark.parametrize("value", list(values()), ids=lambda value: value.__qualname__)
def test_a_value_of_the_core_cannot_be_changed(value):
    assert value.__dataclass_params__.frozen
