"""Compares Sagaflow with DBOS, with Dramatiq alone and with a bare loop on the database. Run: make bench

A saga has five steps that do nothing, each stored before the next begins. A failing saga refuses in its fifth step, so
that four are undone. Everything runs on one private PostgreSQL, whose commits reach the disk, and one Redis, with two
worker processes of eight threads. The contenders take turns: compare the ratios, which are taken within a round.
"""

# ruff: noqa: T201  (a benchmark prints)

import argparse
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.compare.contenders import CONTENDERS, DBOS, Contender, Durable, Running, running
from benchmarks.compare.measuring import Sample, measured, quartiles
from tests.servers.redis import Redis

Samples = dict[tuple[str, str], list[Sample]]
TITLES = {"ok": "", "failing": ", failing", "together": ", started together"}
COMPARED = {"together": "ok"}
"""Variant → the variant of DBOS that it is compared with, if that is another one."""
WARM = 20
"""Sagas before the first measure of a round."""


def main() -> int:
    """Play the rounds and print the table."""
    options = parsed()
    contenders = [each for each in CONTENDERS if each.name != "DBOS" or DBOS.exists()]
    if len(contenders) < len(CONTENDERS):
        print("DBOS is not installed under var/bench; `make bench` installs it. The others run.", file=sys.stderr)
    samples: Samples = {}
    with ExitStack() as stack:
        postgresql, broker = stack.enter_context(Durable()), stack.enter_context(Redis())
        folder = Path(stack.enter_context(TemporaryDirectory()))
        log = stack.enter_context((folder / "log").open("wb"))
        urls = {each.name: postgresql.create_database(f"contender{number}") for number, each in enumerate(contenders)}
        try:
            for number in range(1, options.rounds + 1):
                for each in contenders:
                    print(f"round {number}: {each.name}", file=sys.stderr)
                    with running(each, urls[each.name], postgresql, broker, log) as run:
                        play(each, run, options, samples)
        except BaseException:
            print((folder / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
    show(samples)
    return 0


def parsed() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="Compare the speed of a saga.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all contenders (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=300, help="sagas at once (default: %(default)s)")
    parser.add_argument("--alone", type=int, default=20, help="sagas one after the other (default: %(default)s)")
    return parser.parse_args()


def play(contender: Contender, run: Running, options: argparse.Namespace, samples: Samples) -> None:
    """Measure each variant of a contender once."""
    for variant in contender.variants:
        start = partial(run.start, variant=variant)
        measured(start, run.done, run.pids, WARM, 1)
        sample = measured(start, run.done, run.pids, options.runs, options.alone)
        samples.setdefault((contender.name, variant), []).append(sample)


def show(samples: Samples) -> None:
    """Print medians, with the quartiles in brackets; the last two columns are ratios within each round."""
    print("| saga of 5 steps | sagas/s | CPU-ms per saga | one alone, ms | sagas/s ÷ DBOS | CPU ÷ DBOS |")
    print("|---|---|---|---|---|---|")
    for (name, variant), found in samples.items():
        pairs = list(zip(found, samples.get(("DBOS", COMPARED.get(variant, variant)), []), strict=False))
        columns = [[getattr(sample, field) for sample in found] for field in Sample._fields]
        columns += [[one.per_second / other.per_second for one, other in pairs]]
        columns += [[one.cpu / other.cpu for one, other in pairs]]
        print(
            f"| {' | '.join([name + TITLES[variant], *(quartiles(values) if values else '-' for values in columns)])} |"
        )


if __name__ == "__main__":
    sys.exit(main())
