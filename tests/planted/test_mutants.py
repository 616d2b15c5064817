"""The list of survivors equals the mutants that survive: none is missing, and none is listed that a test now kills."""

import pytest

from tests.mutants import Mutant, _change, _results, compare, listed, modules
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
    difference = "--- mutation diff ---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n def f():\n-    return 1\n+    return 2\n"
    assert _change(difference) == ("return 1", "return 2")


def test_a_change_that_could_not_be_tried_is_not_taken_for_killed():
    with pytest.raises(SystemExit, match="could not try"):
        _results(RETRY, '[{"mutations": []}, null]')
