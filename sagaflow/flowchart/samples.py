"""The legend as drawings: each shape and each arrow, drawn by the code that draws flowcharts."""

from functools import cache

from sagaflow.core.definition.saga import Style
from sagaflow.flowchart.dot import write
from sagaflow.flowchart.layout import lay_out
from sagaflow.flowchart.legend import EDGE_WORDS, NODE_WORDS
from sagaflow.flowchart.picture import Edge, Node, Picture
from sagaflow.flowchart.svg import parsed, safe_svg

__all__ = ["samples"]

TEXTS = {"start": "", "end": "", "stop": "⊘ irreversible", "savepoint": "save-point", "call": "Step", "undo": "Undo"}
DASHED = ("event", "observer")


@cache
def samples() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the ``shapes`` and the ``edges``: each a safe ``<svg>`` element and the words for it.

    Raises:
        LayoutFailed: Graphviz is not available.
    """
    return {
        "shapes": tuple((_drawn(_shape(kind), kind), words) for kind, words in NODE_WORDS.items()),
        "edges": tuple((_drawn(_arrow(kind), f"{kind}-edge"), words) for kind, words in EDGE_WORDS.items()),
    }


def _shape(kind: str) -> Picture:
    traits = ("orchestrated",) if kind == "call" else ()
    text = TEXTS.get(kind, kind.capitalize())
    return Picture(kind, (Node(id="n1", element=f"legend/{kind}", kind=kind, title=text, traits=traits),), (), ())


def _arrow(kind: str) -> Picture:
    ends = tuple(Node(id=f"n{number}", element=f"legend/{kind}/{number}", kind="start") for number in (1, 2))
    style = Style.CHOREOGRAPHED if kind in DASHED else Style.ORCHESTRATED
    edge = Edge(id="e1", element=f"legend/{kind}", kind=kind, source="n1", target="n2", style=style)
    return Picture(kind, ends, (edge,), ())


def _drawn(picture: Picture, name: str) -> str:
    svg = safe_svg(parsed(lay_out(write(picture, direction="LR"))), picture, prefix=f"legend-{name}-")
    return svg.replace('class="sf-flowchart"', 'class="sf-flowchart sf-sample"', 1)
