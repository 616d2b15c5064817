"""Mutation testing of the core: a test fails after each small change of the code, or `mutants.toml` explains why not.

``python -m tests.mutants [sagaflow/core/definition/retry.py …]`` lets cosmic-ray change a copy, one place at a time.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkResult

from tests.mutants_in_forks import tried
from tests.mutants_left_out import OPERATORS, left_out
from tests.planted.copying import ROOT, command, environment, fill, laws_hold

__all__ = ["Mutant", "compare", "listed", "modules", "chosen_tests"]

LIST = ROOT / "tests" / "mutants.toml"
CORE = "sagaflow/core"
ALSO = ("tests/flowchart/__init__.py", "tests/flowchart/sagas.py")
"""Files that tests of the core import from elsewhere."""
QUICK = 20
"""The `max_examples` of Hypothesis. With fewer, chance decides which changes survive."""


class Mutant(NamedTuple):
    """One change of one line."""

    module: str
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        """Say where it is and what it changes."""
        place = f"{self.module}, {self.function or 'outside functions'}"
        return f"{place}:\n    - {self.before}\n    + {self.after}"


def listed(path: Path = LIST) -> dict[Mutant, str]:
    """Read the survivors that are explained, each with why it may survive."""
    found = {}
    for entry in tomllib.loads(path.read_text()).get("survivor", []):
        keys = (*Mutant._fields, "why")
        if set(entry) != set(keys) or not str(entry["why"]).strip():
            sys.exit(f"{path.name}: a survivor needs exactly {', '.join(keys)}, and why it may survive. Got {entry}.")
        why = entry.pop("why")
        found[Mutant(**entry)] = why
    return found


def compare(survivors: Iterable[Mutant], explained: Mapping[Mutant, str], ran: Iterable[str]) -> tuple[list[str], bool]:
    """Sentences about what the list and the run do not agree on, and whether a survivor is not listed."""
    survivors, ran = list(dict.fromkeys(survivors)), set(ran)
    new = [each for each in survivors if each not in explained]
    gone = [each for each in explained if each.module in ran and each not in survivors]
    said = [
        f"Survived, and is not in {LIST.name}. Write a test that fails, or explain it there: {each}" for each in new
    ]
    said += [f"No longer survives. Take it out of {LIST.name}: {each}" for each in gone]
    return said, bool(new)


def modules(asked: Iterable[str]) -> list[str]:
    """The modules to change: those asked for, or all of the core."""
    known = sorted(str(path.relative_to(ROOT)) for path in (ROOT / CORE).rglob("*.py"))
    asked = list(asked)
    if wrong := [name for name in asked if name not in known]:
        sys.exit(f"{wrong[0]} is not a module of {CORE}. Give a path such as {CORE}/retry.py.")
    return asked or known


def chosen_tests(module: str) -> tuple[str, ...]:
    """The test files that have to notice a change of ``module``, in their order: its own, and those of the list."""
    places = (f"tests/core/{folder}test_{Path(module).stem}.py" for folder in ("", f"{Path(module).parent.name}/"))
    chosen = (entry["run"] for entry in tomllib.loads(LIST.read_text())["tests"] if fnmatch(module, entry["module"]))
    return tuple(dict.fromkeys([*(own for own in places if (ROOT / own).exists()), *next(chosen)]))


def prepare(folder: Path) -> None:
    """Copy the product, and the tests of the core with what they import, into ``folder``."""
    fill(folder, QUICK)
    shutil.copytree(ROOT / "sagaflow", folder / "sagaflow", dirs_exist_ok=True)
    for part in ALSO:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, folder / part)


def planned(folder: Path, module: str) -> list[MutationSpec]:
    """Write the session of all changes of ``module`` that will be tried, and return them."""
    session, config = folder / "session.sqlite", folder / "session.toml"
    session.unlink(missing_ok=True)
    lines = ["[cosmic-ray]", f'module-path = "{module}"', "timeout = 1.0", "excluded-modules = []"]
    lines += ['test-command = "false"', "[cosmic-ray.distributor]", 'name = "local"']
    lines += ["[cosmic-ray.filters.operators-filter]", f"exclude-operators = {json.dumps(OPERATORS)}"]
    config.write_text("\n".join(lines) + "\n")
    for program, *arguments in (("cosmic-ray", "init", config, session), ("cr-filter-operators", session, config)):
        run = [str(Path(sys.executable).with_name(program)), *map(str, arguments)]
        subprocess.run(run, cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, check=True)
    with use_db(session) as database:
        _leave_out(database, left_out((folder / module).read_text()))
        return [item.mutations[0] for item in database.pending_work_items]


def _leave_out(database: WorkDB, pointless: Callable[[str, tuple[int, int]], bool]) -> None:
    for item in list(database.pending_work_items):
        if pointless(item.mutations[0].operator_name, item.mutations[0].start_pos):
            skipped = WorkResult(output="left out", worker_outcome=WorkerOutcome.SKIPPED)
            database.set_result(item.job_id, skipped)


def mutate(module: str, folder: Path) -> tuple[int, list[Mutant]]:
    """Try all changes of ``module`` in the copy in ``folder``: how many there were, and which of them survived."""
    tests = chosen_tests(module)
    before = _work_of_children()
    if (run := laws_hold(folder, tests)).returncode:
        sys.exit(f"The tests fail without any change, so they cannot judge one:\n{run.stdout[-3000:]}")
    seconds = 5 + 3 * (_work_of_children() - before)
    changes = list(tried(folder, planned(folder, module), command(folder, tests)[3:], seconds=seconds))
    survived = [change for change in changes if not change.noticed]
    return len(changes), [
        Mutant(module, change.spec.definition_name or "", *_change(change.difference)) for change in survived
    ]


def _work_of_children() -> float:
    """The seconds that ended processes of this one worked: on a busy machine, a clock would count the others' too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _change(difference: Iterable[str]) -> tuple[str, str]:
    """The text before and after, without the header of the difference."""
    lines = [line for line in difference if not line.startswith(("---", "+++"))]
    before, after = ("\n".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return before, after


def main(asked: list[str]) -> int:
    """Change one module after the other. Return 1 if a change survived that is not explained."""
    explained, ran, survivors = listed(), modules(asked), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for module in ran:
            tried, survived = mutate(module, folder)
            survivors += survived
            print(f"{module}: {tried} changes, {len(survived)} survived", flush=True)
    said, failed = compare(survivors, explained, ran)
    print("\n".join(said) or "Every survivor is explained.")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
