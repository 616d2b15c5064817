"""A change is tried by running tests in processes that are stopped: these take their time."""

import pytest

from tests.mutants import _change, planned
from tests.mutants_in_forks import tried
from tests.planted.copying import command, laws_hold, try_examples

pytestmark = [pytest.mark.servers, pytest.mark.faults]
FEW_OPERATORS = ("NumberReplacer", "_Gt_GtE", "_Sub_Add")


def test_a_change_is_noticed_by_a_test_or_not_and_an_endless_loop_is_noticed(tmp_path):
    (tmp_path / "sagaflow").mkdir()
    (tmp_path / "sagaflow" / "__init__.py").touch()
    (tmp_path / "empty.ini").write_text("[pytest]\n")
    module = tmp_path / "sagaflow" / "sums.py"
    module.write_text("def total(n):\n    all = 0\n    while n > 0:\n        all, n = all + n, n - 1\n    return all\n")
    (tmp_path / "test_sums.py").write_text(
        "from sagaflow.sums import total\n\ndef test_one():\n    assert total(1) == 1\n"
    )
    arguments = command(tmp_path, ("test_sums.py",))[3:]
    specs = [spec for spec in planned(tmp_path, "sagaflow/sums.py") if spec.operator_name.endswith(FEW_OPERATORS)]
    changes = list(tried(tmp_path, specs, arguments, seconds=2))
    survived = {_change(change.difference)[1] for change in changes if not change.noticed}
    assert survived == {"all, n = all + n, n - 2", "while n >= 0:", "while n > -1:"}
    assert "all, n = all + n, n + 1" in {_change(change.difference)[1] for change in changes if change.noticed}
    assert "n - 1" in module.read_text(), "the file itself is never changed"


def test_a_change_is_not_noticed_where_no_test_could_run(tmp_path):
    (tmp_path / "sagaflow").mkdir()
    (tmp_path / "sagaflow" / "two.py").write_text("TWO = 2\n")
    (tmp_path / "empty.ini").write_text("[pytest]\n")
    specs = planned(tmp_path, "sagaflow/two.py")
    with pytest.raises(SystemExit, match="could not run the tests"):
        list(tried(tmp_path, specs, command(tmp_path, ("test_that_is_missing.py",))[3:], seconds=2))


def test_a_copy_tries_the_examples_that_a_test_names(tmp_path):
    (tmp_path / "empty.ini").write_text("[pytest]\n")
    (tmp_path / "test_sums.py").write_text(
        "from hypothesis import example, given, strategies as st\n\n"
        "@given(st.just(1))\n@example(2)\ndef test_one(n):\n    assert n == 1\n"
    )
    try_examples(tmp_path, 1)
    assert laws_hold(tmp_path, ("test_sums.py",)).returncode == 1
