"""The random sagas: no field of a definition is missing from what they try."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Compensation, Observer, Saga, Segment, Step
from tests.core import strategies

ELSEWHERE = {"kind": "the functions that build a compensation choose it"}
PARTS = (Saga, Segment, Step, Compensation, RetryPolicy, Observer)


def chosen():
    """The fields that the strategies choose: keywords, keys of options, and the leading arguments of constructors."""
    tree = ast.parse(Path(strategies.__file__).read_text())
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    return keywords | {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_field_of_a_part_is_chosen_by_the_strategies(part):
    leading = [field.name for field in fields(part) if not field.kw_only][:3]
    assert {field.name for field in fields(part) if field.init} - chosen() - set(leading) - ELSEWHERE.keys() == set()
