"""``python -m tests.fuzz SECONDS``: try inputs at every door in turn, and print what was tried and what failed.

A failure is kept in ``.hypothesis``, so that the next call tries it first.
"""

import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

__all__ = ["Report", "fuzz"]

KEPT = ".hypothesis/examples"
ROUND = 25
"""The inputs of one door before the next one has its turn."""


@dataclass
class Report:
    """The inputs that were tried at one door, and its failure."""

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failure: str = ""


def attempt(target: "Target", report: Report, folder: str, inputs: int, until: Callable[[], bool]) -> None:
    """Try inputs at one door; what fails is kept and told in the report."""

    @settings(
        max_examples=inputs,
        deadline=None,
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
        database=DirectoryBasedExampleDatabase(folder),
        suppress_health_check=list(HealthCheck),
        derandomize=False,
        print_blob=False,
    )
    @given(target.inputs)
    def once(data: object) -> None:
        if until():
            return
        report.tried += 1
        try:
            target.reads(data)
        except target.refuses as refused:
            report.outcomes[type(refused).__name__] += 1
        else:
            report.outcomes["accepted"] += 1

    once.__qualname__ = once.hypothesis.inner_test.__qualname__ = f"fuzz {target.reads.__qualname__}"  # type: ignore[attr-defined]
    try:
        once()
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        report.failure = traceback.format_exc()


def fuzz(
    targets: "Mapping[str, Target]", seconds: float, *, folder: str = KEPT, inputs: int = ROUND
) -> dict[str, Report]:
    """Try inputs at the doors in turn until the time is up, at least once. A door that failed is left alone."""
    end = time.monotonic() + seconds
    reports = {name: Report() for name in targets}

    def is_over(report: Report) -> bool:
        return bool(report.failure) or (report.tried >= inputs and time.monotonic() >= end)

    while not all(map(is_over, reports.values())):
        for name, report in reports.items():
            if not is_over(report):
                attempt(targets[name], report, folder, inputs, partial(is_over, report))
    return reports


def main(seconds: float) -> int:
    """Fuzz every door; return 1 if one failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.fuzz.targets import TARGETS

    reports = fuzz(TARGETS, seconds)
    for name, report in reports.items():
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
        print(f"{name}: {report.tried} inputs: {told or 'nothing'}{'; FAILED' if report.failure else ''}")
    for name, report in reports.items():
        if report.failure:
            print(f"\n{name}:\n{report.failure}")
    return 1 if any(report.failure for report in reports.values()) else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 300.0))
