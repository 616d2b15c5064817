"""Types that say something: `Any` in signatures is an exception, and each ignored error of mypy has its reason."""

import ast
import re

import pytest

from tests.docs.markdown import ROOT

pytestmark = pytest.mark.quick

MOST = 0.03
"""The share of annotated parameters and results that may contain `Any`. It only gets smaller.

JSON is `Json` (`sagaflow/core/json_value.py`); what a function does not look at is `object`.
"""
IGNORED = re.compile(r"# type: ignore(?P<code>\[[\w-]+\])?(?P<reason>  # \S.*)?")


def modules():
    """The modules of the framework and of the designer, except migrations."""
    found = (path for package in ("sagaflow", "designer") for path in sorted((ROOT / package).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def annotations(text):
    """The annotation of every parameter and every result."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            parameters = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
            yield from (one.annotation for one in parameters if one is not None and one.annotation is not None)
            if node.returns is not None:
                yield node.returns


def says_any(annotation):
    return re.search(r"\bAny\b", ast.unparse(annotation)) is not None


def test_an_annotation_with_any_is_recognised():
    text = "def f(a, b: Any, *c: 'list[Any]', d: int = 1, **e: object) -> dict[str, Any]: ..."
    assert [says_any(one) for one in annotations(text)] == [True, False, True, False, True]


def test_any_is_rare_in_signatures_outside_the_admin():
    shares = {}
    for path in modules():
        if "admin" not in path.parts:
            found = [says_any(one) for one in annotations(path.read_text(encoding="utf-8"))]
            shares[path.relative_to(ROOT).as_posix()] = (sum(found), len(found))
    count, total = (sum(numbers) for numbers in zip(*shares.values(), strict=True))
    worst = sorted(shares.items(), key=lambda item: -item[1][0])[:10]
    assert count <= MOST * total, f"{count} of {total} annotations contain Any. Most are in: {worst}"


def test_each_ignored_error_has_a_code_and_a_reason():
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := IGNORED.search(line)) and not (found["code"] and found["reason"])
    ]
    assert not bare, "\n".join(["Give the code of the error and, after it, the reason:", *bare])
