"""Bombs for the linter, conditions, mappings and simulations: definitions at their limits, each valid on its own."""

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from designer.drafts.time_limit import passed
from sagaflow.core.definition import document
from sagaflow.core.errors import InvalidDefinition
from sagaflow.core.lint import STOPPED, Known, lint
from sagaflow.core.payload import canonical
from sagaflow.core.run.queries import inputs
from sagaflow.core.run.state import RunState
from sagaflow.core.simulation.simulate import Halted, simulate
from sagaflow.flowchart.layout import LayoutFailed, Limits, Painter

SECONDS = 8.0
MANY = 20_000


@pytest.fixture(autouse=True)
def limit():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


def step(number, **more):
    return {"name": f"s{number}", "action": "a.b", "undo": "a.c", **more}


def saga(*steps, **more):
    return {"name": "bomb", "segments": [{"name": "main", "style": "orchestrated", "steps": list(steps)}], **more}


def layered(width, depth, links=8):
    """Return layers of steps, in which each step follows ``links`` of the layer before."""

    def after(number):
        layer = number // width
        return [f"s{(layer - 1) * width + other}" for other in range(min(links, width))] if layer else []

    return [step(number, after=after(number)) for number in range(width * depth)]


def when(**condition):
    return [step(0, condition=condition)]


LISTED = {"in": ["/input/x", list(range(MANY))]}
CONDITIONS = {
    "a long list, and many that contradict its end": when(every=[LISTED, *[{"in": ["/input/x", [-1] * 50]}] * 1000]),
    "many bounds": when(
        every=[{"gt": ["/input/x", at]} for at in range(3000)] + [{"lt": ["/input/x", MANY + at]} for at in range(3000)]
    ),
    "alternatives of alternatives": when(
        some=[{"every": [{"some": [{"exists": f"/input/a{at}"} for at in range(60)]}] * 30}] * 20
    ),
    "negations": when(some=[{"not": {"not": {"not": {"exists": "/input/x"}}}}] * 3000),
    "each reads all before it": [
        step(at, condition={"every": [{"exists": f"/steps/s{n}/x"} for n in range(at)]} if at else {"exists": "/input"})
        for at in range(120)
    ],
}
GRAPHS = {
    "five hundred parallel steps": [step(at, after=[]) for at in range(500)],
    "five hundred in a row": [step(at) for at in range(500)],
    "as many links as there may be": layered(20, 25),
    "all after all": layered(62, 2, links=62),
    "five hundred waits for one event": [
        {"name": f"s{at}", "event": "E", "timeout": 5 + at, "after": []} for at in range(500)
    ],
}


@pytest.mark.parametrize("steps", [*CONDITIONS.values(), *GRAPHS.values()], ids=[*CONDITIONS, *GRAPHS])
def test_the_linter_ends_when_its_caller_has_no_more_time_and_says_so(steps):
    definition = document.load(saga(*steps))
    begun = time.process_time()
    findings = lint(definition, halt=passed(1.0))
    assert time.process_time() - begun < 2.0
    assert STOPPED not in findings[:-1]
    assert lint(definition, halt=lambda: True) == (STOPPED,)


def test_what_was_found_before_the_time_was_up_is_told():
    definition = document.load(saga(*GRAPHS["five hundred in a row"]))
    known, asked = Known(actions=frozenset({"a.c"})), []
    whole = lint(definition, known, halt=lambda: asked.append(1) is not None)
    found = []
    for share in range(10):
        answers = iter([False] * (len(asked) * share // 10))
        *told, last = lint(definition, known, halt=lambda left=answers: next(left, True))
        assert (told, last) == ([*whole[: len(told)]], STOPPED)
        found.append(len(told))
    assert found == sorted(found)
    assert any(0 < number < len(whole) for number in found), found


@pytest.mark.parametrize("steps", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_is_evaluated_in_the_time_of_its_length(steps):
    definition = document.load(saga(*steps))
    for one in definition.steps.values():
        assert one.condition.holds({"input": {"x": -1}, "steps": {}}) in (True, False)
        one.condition.steps()


@pytest.mark.parametrize(
    "condition",
    [
        {"every": [{"eq": ["/output/x", 1]}] * 200 + [{"in": ["/output", [[]] * MANY]}]},
        {"not": {"in": ["/output/x", ["w" * 1000] * 200]}},
        {"exists": "/output" + "/a" * 240},
    ],
    ids=["many", "long", "deep"],
)
def test_a_refusal_by_the_answer_is_evaluated_in_the_time_of_its_length(condition):
    definition = document.load(saga(step(0, fails_when={"no": condition})))
    found = definition.steps["s0"].fails_when["no"]
    for output in ({"x": "w" * 200_000}, {"x": [[]] * MANY}, {"a": {}}):
        assert found.holds({"output": output}) in (True, False)


def test_a_mapping_cannot_make_an_input_out_of_proportion():
    """Each field may pick the whole input. A hundred of them are the limit."""
    fields = {f"f{at}": {"from": "/input"} for at in range(5_000)}
    with pytest.raises(InvalidDefinition, match="picks 5000 fields and 100 is the limit"):
        document.load(saga(step(0, input=fields)))
    undo = {"compensate": "a.c", "input": fields}
    with pytest.raises(InvalidDefinition, match="picks 5000 fields"):
        document.load(saga(step(0, undo=undo)))
    definition = document.load(saga(step(0, input=dict(list(fields.items())[:100]))))
    state = replace(RunState.of(definition), input={"x": "w" * 200_000})
    assert len(canonical(inputs(definition, state, "s0")[0])) < 101 * 200_100


@pytest.mark.parametrize("steps", GRAPHS.values(), ids=GRAPHS)
def test_a_simulation_at_the_limits_ends_when_its_caller_has_no_more_time(steps):
    definition = document.load(saga(*steps))
    begun = time.process_time()
    with suppress(Halted):
        simulate(definition, steps={"s0"}, halt=passed(0.3), give_up=passed(1.0))
    assert time.process_time() - begun < 4.0


DOTS = {
    "not closed": 'digraph { a [label="',
    "deep HTML": "digraph { a [label=<" + "<b>" * 20_000 + "x" + "</b>" * 20_000 + ">] }",
    "a long label": 'digraph { a [label="' + "W" * 2_000_000 + '"] }',
    "many lines": 'digraph { a [label="' + "\\n" * 500_000 + '"] }',
    "deep clusters": "".join(f"subgraph cluster_{at} {{ " for at in range(20_000)).join(
        ["digraph { ", "a" + "}" * 20_001]
    ),
    "all to all": "digraph { {"
    + " ".join(f"a{at}" for at in range(400))
    + "} -> {"
    + " ".join(f"b{at}" for at in range(400))
    + "} }",
    "a huge size": "digraph { a [width=1e9 height=1e9 fixedsize=true] }",
    "ports and records": 'digraph { a [shape=record label="' + "{" * 5_000 + "x" + "}" * 5_000 + '"] }',
    "a file": 'digraph { a [image="/etc/passwd" shapefile="/etc/passwd"] }',
    "too long": "digraph { " + "a -> b; " * 700_000 + "}",
}


@pytest.fixture(scope="module")
def painter():
    painter = Painter(Limits(cpu=1, wall=30.0))
    yield painter
    painter.close()


@pytest.mark.parametrize("dot", DOTS.values(), ids=DOTS)
def test_graphviz_harms_only_its_own_process_and_the_next_drawing_is_made(painter, dot):
    begun = time.monotonic()
    with suppress(LayoutFailed):
        assert b"root:" not in painter.lay_out(dot)
    assert time.monotonic() - begun < 30 + SECONDS
    assert b"<svg" in painter.lay_out(f"digraph {{ fine_{len(dot)} }}")
