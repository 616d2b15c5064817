"""One simulated failure, picture by picture: the state of the run after each report, with what happened in words.

``ghost`` is the short form: the rollback that a failure of one step would begin, before anything has been undone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.halting import go_on
from sagaflow.core.run.facts import (
    EventDelivered,
    Fact,
    LeaseRenewed,
    RollbackBegan,
    RunStarted,
    SegmentCompleted,
    SegmentStarted,
    StepClaimed,
    StepCommanded,
    StepScheduled,
)
from sagaflow.core.run.preview import PlannedUndo, plan
from sagaflow.core.run.reports import Report
from sagaflow.core.run.state import Direction, RunState, RunStatus
from sagaflow.core.simulation.races import WORK, never
from sagaflow.core.simulation.simulate import cases, simulate
from sagaflow.core.simulation.table import Case, Outcome
from sagaflow.core.simulation.virtual_run import START, VirtualRun
from sagaflow.core.words.sentences import sentence, without_step

__all__ = ["MOST_FRAMES", "Frame", "Ghost", "film", "ghost"]

MOST_FRAMES = 400
"""The most pictures of one film: a step with many attempts is cut."""
SILENT = (RunStarted, StepCommanded, StepScheduled, LeaseRenewed, SegmentStarted, SegmentCompleted, EventDelivered)
"""Facts that are not told: another one of the same moment tells more."""
DO = Direction.DO


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a film."""

    at: float
    """Virtual seconds, as the state has them."""
    state: RunState
    words: str
    step: str = ""
    """The step that it is about; empty: none."""
    direction: Direction = DO
    back: bool = False
    """A rollback has begun."""

    @property
    def seconds(self) -> float:
        """The seconds since the start of the run."""
        return self.at - START


@dataclass(frozen=True, slots=True)
class Ghost:
    """The rollback that a failure of one step begins."""

    case: Case | None
    """The failure; ``None``: the step cannot fail."""
    begins: bool = False
    """A rollback begins. If not, ``end`` says how the run stands then."""
    plan: tuple[PlannedUndo, ...] = ()
    end: RunStatus = RunStatus.COMPLETED
    decides: str = ""
    """The order that leads to this end, in words; empty: the order does not matter."""


def film(saga: Saga, outcome: Outcome, titles: Mapping[str, str]) -> tuple[Frame, ...]:
    """Return the pictures of the run that ended in ``outcome``. ``titles``: what people call the steps."""
    run = VirtualRun(saga)
    frames = [Frame(run.at, run.state, "The run starts.")]
    for at, report in outcome.witness[1:]:
        facts = _reported(run, at, report)
        if words := " ".join(_told(facts, titles)):
            step, direction = _about(facts)
            frames.append(Frame(run.at, run.state, words, step, direction, run.state.rollback is not None))
        if len(frames) >= MOST_FRAMES:
            break
    return tuple(frames)


def ghost(
    saga: Saga, step: str, *, work: int = WORK, halt: Callable[[], bool] = never, give_up: Callable[[], bool] = never
) -> Ghost:
    """Return the rollback that begins if ``step`` fails for good. The limits are those of ``simulate``.

    Raises:
        Halted: ``give_up`` was true.
    """
    case = next((each for each in cases(saga, saga.steps[step]) if each in (Case.BUSINESS_ERROR, Case.TIME_OUT)), None)
    if case is None:
        return Ghost(None)
    ends = simulate(saga, steps={step}, only={case}, work=work, halt=halt, give_up=give_up)
    for end in ends:
        before = _before_rollback(saga, end)
        if before is not None:
            lines = [line for line in plan(saga, before, failing=step) if line.step != step]
            ranks = sorted({line.order for line in lines})
            numbered = tuple(replace(line, order=ranks.index(line.order) + 1) for line in lines)
            return Ghost(case, True, numbered, end.status, end.decides)
    return Ghost(case, False, (), ends[0].status)


def _before_rollback(saga: Saga, outcome: Outcome) -> RunState | None:
    """Return the state just before the first rollback of the run; ``None``: there is none."""
    run = VirtualRun(saga)
    before = run.state
    for at, report in outcome.witness[1:]:
        _reported(run, at, report)
        if run.state.rollback is not None:
            return before
        before = run.state
    return None


def _reported(run: VirtualRun, at: float, report: Report) -> list[Fact]:
    go_on()
    run.at = at
    return [entry.fact for entry in run.report(report).entries]


def _about(facts: list[Fact]) -> tuple[str, Direction]:
    """Return the step and the direction that the first fact with a step is about."""
    about = next((fact for fact in facts if getattr(fact, "step", "") and not isinstance(fact, SILENT)), None)
    return getattr(about, "step", ""), getattr(about, "direction", DO)


def _told(facts: list[Fact], titles: Mapping[str, str]) -> Iterator[str]:
    for fact in facts:
        if isinstance(fact, StepClaimed):
            step = titles.get(fact.step, fact.step)
            work = step if fact.direction is DO else f"the compensation of {step}"
            words = f"{work} is under way" + (f", attempt {fact.attempt}" if fact.attempt > 1 else "")
        elif isinstance(fact, SILENT):
            continue
        else:
            words = sentence(_titled(fact, titles))
        yield f"{words[:1].upper()}{words[1:]}."


def _titled(fact: Fact, titles: Mapping[str, str]) -> Fact:
    """Return the fact with titles instead of the names of steps. The words of a sentence may be names as well."""
    names = {field: getattr(fact, field, "") for field in ("step", "pivot")}
    changes: dict[str, Any] = {field: titles.get(name, name) for field, name in names.items() if name}
    if isinstance(fact, RollbackBegan):
        changes["message"] = without_step(fact.message, fact.step)
    return replace(fact, **changes)
