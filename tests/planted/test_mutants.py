"""The list of survivors equals the mutants that survive: none is missing, and none is listed that a test now kills."""

import pytest

from tests.mutants import Mutant, _change, chosen_tests, compare, listed, modules
from tests.mutants_left_out import left_out
from tests.planted.copying import ROOT

pytestmark = pytest.mark.quick
RETRY = "sagaflow/core/definition/retry.py"
ONE = Mutant(RETRY, "wait", "failed - 1", "failed - 2")
OTHER = Mutant("sagaflow/core/run/leases.py", "claim", "not in", "in")


def test_a_survivor_that_is_not_listed_fails():
    said, failed = compare([ONE], {}, [RETRY])
    assert failed
    assert "failed - 2" in said[0]
    assert "is not in mutants.toml" in said[0]


def test_a_survivor_that_is_listed_passes():
    assert compare([ONE], {ONE: "harmless"}, [RETRY]) == ([], False)


def test_a_listed_one_that_no_longer_survives_is_named():
    said, failed = compare([], {ONE: "harmless"}, [RETRY])
    assert not failed
    assert "No longer survives" in said[0]
    assert "failed - 2" in said[0]


def test_what_was_not_run_says_nothing_about_its_list():
    assert compare([], {OTHER: "harmless"}, [RETRY]) == ([], False)


def test_an_entry_without_its_reason_is_refused(tmp_path):
    file = tmp_path / "mutants.toml"
    file.write_text('[[survivor]]\nmodule = "m"\nfunction = "f"\nbefore = "a"\nafter = "b"\nwhy = " "\n')
    with pytest.raises(SystemExit, match="why it may survive"):
        listed(file)


def test_every_listed_line_is_in_its_module():
    for mutant in listed():
        text = [line.strip() for line in (ROOT / mutant.module).read_text().splitlines()]
        assert set(mutant.before.splitlines()) <= set(text), f"{mutant.module} no longer contains {mutant.before}"


def test_a_module_that_is_not_in_the_core_is_refused():
    with pytest.raises(SystemExit, match="not a module of sagaflow/core"):
        modules(["sagaflow/registry.py"])


def test_the_changed_line_is_read_from_the_difference():
    difference = ["--- a/x", "+++ b/x", "@@ -1 +1 @@", " def f():", "-    return 1", "+    return 2"]
    assert _change(difference) == ("return 1", "return 2")


def test_every_module_has_tests_that_exist_its_own_first():
    for module in modules([]):
        tests = chosen_tests(module)
        assert tests, f"no entry of mutants.toml chooses tests for {module}"
        assert not [test for test in tests if not (ROOT / test).exists()]
    assert chosen_tests(RETRY)[0] == "tests/core/test_retry.py"


@pytest.mark.parametrize(
    ("source", "operator", "column", "left"),
    [
        ("Report = Failed | Done", "core/ReplaceBinaryOperator_BitOr_BitAnd", 16, True),
        ("a = b | c", "core/ReplaceBinaryOperator_BitOr_BitAnd", 6, False),
        ("a: int | str = 1", "core/ReplaceBinaryOperator_BitOr_BitAnd", 7, True),
        ("def f(a: int | None) -> int | None: ...", "core/ReplaceBinaryOperator_BitOr_BitAnd", 13, True),
        ("def f(a: int | None) -> int | None: ...", "core/ReplaceBinaryOperator_BitOr_BitAnd", 28, True),
        ("isinstance(a | b, int | str)", "core/ReplaceBinaryOperator_BitOr_BitAnd", 22, True),
        ("isinstance(a | b, int | str)", "core/ReplaceBinaryOperator_BitOr_BitAnd", 13, False),
        ("f(*a)", "core/ReplaceBinaryOperator_Mul_Div", 2, True),
        ("a * 2", "core/ReplaceBinaryOperator_Mul_Div", 2, False),
        ("a == 'b'", "core/ReplaceComparisonOperator_Eq_GtE", 2, True),
        ("a == 'b'", "core/ReplaceComparisonOperator_Eq_NotEq", 2, False),
        ("a == Status.DONE", "core/ReplaceComparisonOperator_Eq_LtE", 2, True),
        ("a == 0", "core/ReplaceComparisonOperator_Eq_LtE", 2, True),
        ("a == 0", "core/ReplaceComparisonOperator_Eq_GtE", 2, False),
        ("a == 1", "core/ReplaceComparisonOperator_Eq_GtE", 2, False),
        ("@dataclass(frozen=True)\nclass A: ...", "core/ReplaceTrueWithFalse", 18, True),
        ("@cache\ndef f(): ...", "core/RemoveDecorator", 0, True),
        ("@property\ndef f(): ...", "core/RemoveDecorator", 0, False),
        ("MOST = 1_000", "core/NumberReplacer", 7, True),
        ("MOST = 99", "core/NumberReplacer", 7, False),
    ],
)
def test_a_change_that_tells_nothing_is_left_out(source, operator, column, left):
    assert left_out(source)(operator, (1, column)) is left
