"""Random definitions, and random scripts of the faults in a run of one. All are valid by construction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from sagaflow.core.definition.condition import Condition, every, some, where
from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.input_mapping import InputMapping, pick
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import (
    AfterRollback,
    Approval,
    Call,
    CompensateOn,
    Compensation,
    Observer,
    OnExhausted,
    OnUndoFailure,
    Recovery,
    RollBackChild,
    Saga,
    Segment,
    Step,
    StepKind,
    Style,
    SubSaga,
    Timer,
    Undo,
    WaitForEvent,
    irreversible,
    nothing,
    semantic,
)
from sagaflow.core.run.state import Direction
from sagaflow.core.simulation.injected_faults import InjectedFault, Script

__all__ = ["KINDS", "restyle", "saga_and_script", "sagas", "scripts", "structure"]

KINDS = ("call", "event", "timer", "approval")
"""The kinds of work in a random saga; add ``"saga"`` for sub-sagas."""
STYLES = (Style.ORCHESTRATED, Style.CHOREOGRAPHED)
SERVICES = ("order", "stock", "payment")
DOOM = (
    InjectedFault.BUSINESS_ERROR,
    InjectedFault.TECHNICAL_ERROR,
    InjectedFault.TIME_OUT,
    InjectedFault.CRASH_AFTER,
    InjectedFault.FAILED_LATE,
)
NOISE = (
    InjectedFault.NONE,
    InjectedFault.NONE,
    InjectedFault.TECHNICAL_ERROR,
    InjectedFault.DUPLICATE,
    InjectedFault.LATE_REPLY,
    InjectedFault.CRASH_BEFORE,
)

# Hypothesis checks a strategy when it is made: made for each draw, these cost half the time of a definition.
_RARELY = st.sampled_from((False, False, False, True))
_SERVICE = st.sampled_from(SERVICES)
_DELAY = st.sampled_from((1.0, 30.0, 2.5))
_APPROVAL = st.builds(
    Approval,
    st.just("managers"),
    not_by=st.sampled_from(((), (), ("starter",))),
    remind_after=st.sampled_from((None, 2.5, 20.0)),
)
_NOISE = st.lists(st.sampled_from(NOISE), max_size=3)
_DOOM = st.sampled_from(DOOM)
_POLICY = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 3),
    delay=st.sampled_from((0.0, 1.0, 10.0)),
    factor=st.sampled_from((1.0, 2.0)),
    max_delay=st.sampled_from((10.0, 60.0)),
    jitter=st.sampled_from((0.0, 0.5)),
    total=st.sampled_from((None, None, 15.0)),
)
_POLICIES = st.fixed_dictionaries(
    {
        "retry": _POLICY,
        "undo_retry": _POLICY,
        "on_exhausted": st.sampled_from((OnExhausted.PARK, OnExhausted.ROLL_BACK)),
        "on_undo_failure": st.sampled_from((OnUndoFailure.PARK, OnUndoFailure.CONTINUE)),
        "compensate_on": st.sampled_from((CompensateOn.COMPLETED, CompensateOn.ATTEMPTED)),
    }
)


@st.composite
def sagas(
    draw: st.DrawFn,
    *,
    max_steps: int = 7,
    max_segments: int = 3,
    styles: Sequence[Style] = STYLES,
    kinds: Sequence[str] = KINDS,
    with_pivot: bool | None = None,
    with_savepoints: bool = True,
    with_conditions: bool = True,
    with_policies: bool = True,
    with_mappings: bool = False,
    with_events: bool = True,
    with_timeouts: bool = False,
    with_ornaments: bool = False,
) -> Saga:
    """A valid definition.

    ``with_pivot=None``: sometimes. ``with_policies``: retries, the choice when they are used up, and causes of
    compensations. ``with_events``: named events, and steps that name the events they react to. ``with_timeouts``: also
    for the run. ``with_ornaments``: everything that does not control a run (titles, search attributes, observers, …),
    for tests of the document.
    """
    saga = draw(structure(max_steps=max_steps, max_segments=max_segments, styles=styles, kinds=kinds))
    if with_events:
        saga = draw(_with_events(saga))
    graph = Graph.of(saga)
    pivot = draw(st.sampled_from(graph.order)) if with_pivot or (with_pivot is None and draw(st.booleans())) else None

    def finished(step: Step) -> Step:
        before = tuple(sorted(graph.ancestors[step.name]))
        changes: dict[str, Any] = {"undo": draw(_undos(step)), "pivot": step.name == pivot}
        if with_policies:
            changes |= draw(_POLICIES)
        if with_conditions and draw(_RARELY):
            changes["condition"] = draw(_conditions(before))
        if with_timeouts:
            changes["timeout"] = draw(st.sampled_from((None, 5.0, 60.0)))
        if with_ornaments:
            changes |= draw(_ornaments(step))
        if with_mappings and draw(_RARELY):
            changes["input"] = draw(_input_mappings(before))
        return replace(step, **changes)

    segments = [*_each_step(saga, finished).segments]
    if with_savepoints:
        segments = draw(_with_savepoints(segments, graph))
    options: dict[str, Any] = {"deadline": draw(st.sampled_from((None, 600.0)))} if with_timeouts else {}
    if with_ornaments:
        segments = [replace(segment, **draw(_segment_ornaments())) for segment in segments]
        options |= draw(_saga_ornaments(segments))
    return replace(saga, segments=tuple(segments), **options)


@st.composite
def structure(
    draw: st.DrawFn, *, max_steps: int, max_segments: int, styles: Sequence[Style], kinds: Sequence[str]
) -> Saga:
    """Segments whose steps are directed acyclic graphs, without any other options."""
    count = draw(st.integers(1, max_steps))
    cuts = sorted(draw(st.sets(st.integers(1, count), max_size=min(max_segments, count) - 1)) - {count})
    bounds = [0, *cuts, count]
    segments: list[Segment] = []
    for index, (low, high) in enumerate(pairwise(bounds)):
        names = [f"s{number}" for number in range(low, high)]
        steps = [
            Step(name, draw(_work(name, kinds)), after=draw(_earlier(tuple(names[:at]))))
            for at, name in enumerate(names)
        ]
        if all(step.after is not None for step in steps):
            steps = draw(st.permutations(steps))
        after = draw(_earlier(tuple(segment.name for segment in segments)))
        segments.append(Segment(name=f"g{index}", style=draw(st.sampled_from(styles)), steps=tuple(steps), after=after))
    return Saga("random", tuple(segments))


@st.composite
def _with_events(draw: st.DrawFn, saga: Saga) -> Saga:
    """Name the events of some steps, and let some steps name events as predecessors; the order does not change."""
    ancestors = Graph.of(saga).ancestors
    named = {name: f"{name}.Did" for name in saga.steps if draw(_RARELY)}
    saga = _each_step(saga, lambda step: replace(step, emits=named.get(step.name)))

    def reacting(step: Step) -> Step:
        if not ancestors[step.name] or not draw(_RARELY):
            return step
        earlier = draw(st.lists(st.sampled_from(sorted(ancestors[step.name])), min_size=1, max_size=2, unique=True))
        return replace(step, on=tuple(draw(_heard_of(saga.steps[name])) for name in earlier))

    return _each_step(saga, reacting)


def _heard_of(step: Step) -> st.SearchStrategy[str]:
    """The event by which others learn that the step is done: its own, or the one from outside that it waits for."""
    return st.sampled_from(tuple(filter(None, (step.done_event, step.does.awaits))))


def _each_step(saga: Saga, change: Callable[[Step], Step]) -> Saga:
    segments = (replace(each, steps=tuple(change(step) for step in each.steps)) for each in saga.segments)
    return replace(saga, segments=tuple(segments))


@st.composite
def scripts(draw: st.DrawFn, saga: Saga, *, doomed: bool | None = None, undo: bool = True) -> Script:
    """A script of faults: a few random ones, and in most scripts one step that always fails.

    ``undo``: True if compensations may fail too.
    """
    script: dict[tuple[str, Direction], tuple[InjectedFault, ...]] = {}
    for name in saga.steps:
        for direction in (Direction.DO, Direction.UNDO) if undo else (Direction.DO,):
            if draw(_RARELY):
                script[name, direction] = tuple(draw(_NOISE))
    if doomed or (doomed is None and draw(st.integers(0, 3))):
        script[draw(st.sampled_from(sorted(saga.steps))), Direction.DO] = (draw(_DOOM),) * 40
        if undo and draw(_RARELY):
            script[draw(st.sampled_from(sorted(saga.steps))), Direction.UNDO] = (draw(_DOOM),) * 40
    return script


@st.composite
def saga_and_script(draw: st.DrawFn, *, undo: bool = True, doomed: bool | None = None, **options: Any) -> Any:
    """A definition with a script for it."""
    saga = draw(sagas(**options))
    return saga, draw(scripts(saga, undo=undo, doomed=doomed))


def restyle(saga: Saga, style: Style) -> Saga:
    """The same steps with all segments in one style."""
    return replace(saga, segments=tuple(replace(segment, style=style) for segment in saga.segments))


@cache
def _earlier(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...] | None]:
    if not names:
        return st.sampled_from((None, ()))
    some_of = st.lists(st.sampled_from(names), unique=True, max_size=3).map(tuple)
    return st.one_of(st.none(), some_of, some_of)


@st.composite
def _work(draw: st.DrawFn, name: str, kinds: Sequence[str]) -> StepKind:
    kind = draw(_kind_of_work(tuple(kinds)))
    match kind:
        case "event":
            return WaitForEvent(f"{name}.Happened")
        case "timer":
            return Timer(draw(_DELAY))
        case "approval":
            return draw(_APPROVAL)
        case "saga":
            return SubSaga("child")
        case _:
            return Call(f"{draw(_SERVICE)}.do_{name}")


@cache
def _kind_of_work(kinds: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(("call", "call", "call", *kinds) if "call" in kinds else kinds)


@st.composite
def _undos(draw: st.DrawFn, step: Step) -> Compensation | None:
    service = draw(_SERVICE)
    undo = Compensation(does=Call(f"{service}.undo_{step.name}"))
    others = [
        None,
        semantic(f"{service}.make_up_for_{step.name}", "it was seen"),
        irreversible("it is gone"),
        nothing("a check"),
    ]
    if isinstance(step.does, SubSaga):
        others.append(Compensation(does=RollBackChild()))
    if isinstance(step.does, WaitForEvent):
        others.append(Compensation(does=WaitForEvent(f"{step.name}.TakenBack")))
    return draw(st.sampled_from([undo, undo, undo, *others]))


@cache
def _input_mappings(steps: tuple[str, ...]) -> st.SearchStrategy[InputMapping | None]:
    """A mapping that reads the run's input and the outputs of ``steps``, or none."""
    pointers = st.sampled_from(("/input/total", "/input/a~1b", "/input", *(f"/steps/{name}/id" for name in steps)))
    picks = st.builds(pick, pointers) | st.builds(pick, pointers, st.sampled_from((None, 0, [])))
    constants = st.sampled_from((None, True, 2, "EUR", [1], {"from": "/input"}, {"value": 1}))
    fields = st.dictionaries(st.sampled_from(("amount", "order", "from", "x y")), picks | constants, max_size=3)
    return st.none() | fields.map(InputMapping)


@cache
def _conditions(ancestors: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    pointers = ["/input/flag", "/input/total", *(f"/steps/{name}/ok" for name in ancestors)]
    leaves = st.builds(
        where,
        st.sampled_from(pointers),
        st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge")),
        st.sampled_from((True, False, 0, 1, 1.5, "x", None)),
    ) | st.builds(where, st.sampled_from(pointers), st.sampled_from(("exists", "absent")))
    leaves |= st.builds(where, st.sampled_from(pointers), st.just("in"), st.lists(st.integers(0, 3), max_size=2))
    parts = st.lists(leaves, min_size=1, max_size=2)
    trees = st.one_of(leaves, parts.map(lambda p: every(*p)), parts.map(lambda p: some(*p)))
    return trees | trees.map(lambda part: Condition("not", parts=(part,)))


@st.composite
def _with_savepoints(draw: st.DrawFn, segments: list[Segment], graph: Graph) -> list[Segment]:
    """Add random save-points, and forward recovery to segments with a save-point at or before them."""
    marked = [replace(segment, savepoint=draw(_RARELY)) for segment in segments]
    names = {segment.name for segment in marked if segment.savepoint}
    reached: dict[str, set[str]] = {}
    for segment in marked:
        before = graph.segment_before[segment.name]
        reached[segment.name] = set(before).union(*(reached[name] for name in before))
    return [
        replace(segment, recovery=Recovery.FORWARD, forward_attempts=draw(st.integers(1, 3)))
        if names & {segment.name, *reached[segment.name]} and draw(st.booleans())
        else segment
        for segment in marked
    ]


@st.composite
def _ornaments(draw: st.DrawFn, step: Step) -> dict[str, Any]:
    undo = step.undo
    if undo and undo.kind is Undo.COMPENSATE and draw(st.booleans()):
        undo = replace(undo, needs=("/id",), emits=f"{step.name}.Undone", reason=draw(st.sampled_from(("", "why"))))
        undo = replace(undo, input=draw(_input_mappings((step.name,))))
    return {
        "title": draw(st.text("aé ✓", max_size=5)),
        "fails_as": draw(st.sampled_from(({}, {"sold_out": f"{step.name}.SoldOut"}))),
        "outputs": draw(st.sampled_from((None, (), ("id", "ok")))),
        "input": draw(_input_mappings(())),
        "fails_when": draw(st.sampled_from(({}, {"sold_out": where("/output/left", "eq", 0)}))),
        **({"undo": undo} if undo else {}),
    }


@st.composite
def _segment_ornaments(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "title": draw(st.sampled_from(("", "Sämtliches"))),
        "team": draw(st.sampled_from(("", "payment"))),
        "coordinator": draw(st.sampled_from(("", "Clerk"))),
    }


@st.composite
def _saga_ornaments(draw: st.DrawFn, segments: list[Segment]) -> dict[str, Any]:
    event = segments[0].started_event
    schema = {"type": "object", "properties": {"total": {"minimum": 1.0}}}
    return {
        "title": draw(st.text(max_size=5, alphabet="aé ✓")),
        "input_schema": draw(st.sampled_from((None, {}, schema))),
        "search": draw(st.sampled_from(({}, {"order": "/order"}))),
        "correlate": {"OrderPlaced": "/order", "*": ""},
        "starts_on": draw(st.sampled_from(("", "OrderPlaced"))),
        "sensitive": draw(st.sampled_from(((), ("card", "cvc")))),
        "after_rollback": draw(st.sampled_from((AfterRollback(), AfterRollback(2, 60.0), AfterRollback(1)))),
        "observers": draw(st.sampled_from(((), (Observer("seen", "audit.note", (event,)),)))),
    }
