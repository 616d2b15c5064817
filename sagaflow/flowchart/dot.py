"""Picture → DOT text. Only constant attributes; every text from users passes through ``escaped``; ids are generated.

Compensations share the rank of their step and their edges run along the steps: the naive form (compensation chain
upwards) makes Graphviz explode (FIELD_NOTES).
"""

import html
from collections.abc import Collection, Mapping
from functools import lru_cache

import graphviz

from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.compose import compose
from sagaflow.flowchart.heat import Counts, with_counts
from sagaflow.flowchart.lines import LINE_HEIGHT, SIZES, Line, label_lines, node_lines, room, title_lines
from sagaflow.flowchart.picture import Edge, Group, Node, Picture, fold, without_compensations
from sagaflow.flowchart.shapes import EDGES, FONT, GROUPS, INK, MUTED, shape_of
from sagaflow.flowchart.words import clean

__all__ = ["dot", "escaped", "ids", "picture_of", "write"]

PADDING = 36.0
"""Points next to the text, with room for the status mark."""
LEAST = 176.0
"""Points: the width of a node with little text, because a run has more to say about it."""
LARGE = 150
"""Nodes: Graphviz works less on the beauty of a larger drawing. It takes a third of the time then."""


def dot(
    saga: Saga,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    counts: Mapping[str, Counts] | None = None,
    subscribers: Collection[Subscriber] = (),
) -> str:
    """The flowchart of ``saga`` as DOT; segments in ``folded`` are one node; ``counts`` adds a line to each step."""
    return write(picture_of(saga, compensations=compensations, folded=folded, counts=counts, subscribers=subscribers))


def ids(saga: Saga) -> dict[str, str]:
    """Element (``step/<name>``, ``undo/<name>``, ``segment/<name>``, ``start``…) → id, whatever is folded or hidden."""
    return compose(saga).ids


def picture_of(
    saga: Saga,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    counts: Mapping[str, Counts] | None = None,
    subscribers: Collection[Subscriber] = (),
) -> Picture:
    """Return the picture that is drawn with these options."""
    picture = compose(saga, subscribers)
    if not compensations:
        picture = without_compensations(picture)
    return fold(with_counts(picture, counts or {}), folded)


def escaped(text: str) -> str:
    """Text from users as the inside of an HTML-like label: no markup, no escape sequence and no NUL survives."""
    return html.escape(clean(text)).replace("\\", "\\\\") or " "


def write(
    picture: Picture,
    statuses: Mapping[str, Status] | None = None,
    widths: Mapping[str, float] | None = None,
    *,
    direction: str = "TB",
) -> str:
    """DOT text; with ``statuses`` (by node id) in the fallback colours and with marks, for a PNG of a run.

    ``widths``: by id of a segment, the least width of its frame in points, where its title needs it. ``direction``:
    ``TB`` draws from the top down, ``LR`` from left to right.
    """
    effort = {"nslimit": "1"} if len(picture.nodes) > LARGE else {}
    graph = graphviz.Digraph(
        "sagaflow", graph_attr=GRAPH | {"rankdir": direction} | effort, node_attr=NODE, edge_attr=EDGE
    )
    shown = statuses or {}
    for node in picture.nodes:
        if not node.group:
            _node(graph, node, shown.get(node.id))
    for group in picture.groups:
        with graph.subgraph(name=f"cluster_{group.id}") as cluster:
            _cluster(cluster, group, picture, shown, (widths or {}).get(group.id, 0.0))
    for edge in picture.edges:
        _edge(graph, edge)
    return str(graph.source)


GRAPH = {
    "id": "sf",
    "class": "sf-graph",
    "bgcolor": "transparent",
    "nodesep": "0.35",
    "ranksep": "0.42",
    "pad": "0.15",
    "fontname": FONT,
    "outputorder": "edgesfirst",
}
NODE = {"fontname": FONT, "fontsize": f"{SIZES['sf-title']:g}", "fontcolor": INK, "fixedsize": "true", "label": ""}
EDGE = {"fontname": FONT, "fontsize": f"{SIZES['sf-label']:g}", "fontcolor": MUTED, "arrowsize": "0.7"}


def _cluster(
    cluster: graphviz.Digraph, group: Group, picture: Picture, shown: Mapping[str, Status], wide: float
) -> None:
    fill, line = GROUPS[group.style.value]
    cluster.attr(
        "graph",
        id=group.id,
        **{"class": f"sf-segment sf-{group.style.value}"},
        label=_box(title_lines(group), wide),
        labeljust="l",
        style="rounded,filled",
        fillcolor=fill,
        color=line,
        margin="14",
    )
    by_step: dict[str, list[Node]] = {}
    for node in picture.nodes:
        if node.group == group.segment:
            by_step.setdefault(node.step or node.id, []).append(node)
    for nodes in by_step.values():
        if len(nodes) == 1:
            _node(cluster, nodes[0], shown.get(nodes[0].id))
        else:
            _side_by_side(cluster, nodes, shown)


def _side_by_side(cluster: graphviz.Digraph, nodes: list[Node], shown: Mapping[str, Status]) -> None:
    """A step and its compensation: an unseen cluster of one rank keeps them together."""
    with cluster.subgraph(name=f"cluster_{nodes[0].id}") as pair:
        pair.attr("graph", id=f"p{nodes[0].id}", peripheries="0", style="invis", margin="2", label="")
        with pair.subgraph() as row:
            row.attr("graph", rank="same")
            for node in nodes:
                _node(row, node, shown.get(node.id))


def _node(graph: graphviz.Digraph, node: Node, status: Status | None) -> None:
    shape = shape_of(node.kind, node.traits)
    fill, line = status.colours if status and shape.size is None else (shape.fill, shape.line)
    wide, high = shape.size or _size(node, shape.extra)
    attributes = {
        "label": _label(_marked(node, status)),
        "class": " ".join(["sf-node", f"sf-{node.kind}", *(f"sf-{trait}" for trait in node.traits)]),
        "color": line,
        "fillcolor": fill,
        "height": _inches(high),
        "id": node.id,
        "penwidth": f"{shape.pen:g}",
        "shape": shape.shape,
        "style": shape.style,
        "width": _inches(wide),
    }
    _say(graph, node.id, attributes)


def _edge(graph: graphviz.Digraph, edge: Edge) -> None:
    colour, line, pen = EDGES[edge.kind]
    choreographed = edge.style is Style.CHOREOGRAPHED
    attributes = {"label": _box(label_lines(edge))} if edge.label else {}
    attributes |= {
        "class": f"sf-edge sf-{edge.kind}-edge" + (" sf-dashed" if choreographed else ""),
        "color": colour,
        "id": edge.id,
        "penwidth": f"{pen:g}",
        "style": "dashed" if choreographed and edge.kind in ("end", "back") else line,
    }
    source, target = edge.source, edge.target
    match edge.kind:
        case "back":  # written along the steps and drawn against them, so that both columns keep their order
            source, target = target, source
            attributes |= {"dir": "back", "weight": "2"}
        case "savepoint":
            attributes["arrowhead"] = "none"
        case "undo":
            attributes["arrowhead"] = "none"
        case "command" | "event":
            attributes["weight"] = "4"
        case _:
            pass
    _say(graph, f"{source} -> {target}", attributes)


_quoted = lru_cache(maxsize=4096)(graphviz.quoting.quote)


def _say(graph: graphviz.Digraph, subject: str, attributes: Mapping[str, str]) -> None:
    """Add a statement, as ``graph.node`` and ``graph.edge`` do at several times the cost. ``subject``: ids."""
    graph.body.append(f"\t{subject} [{' '.join(f'{key}={_quoted(value)}' for key, value in attributes.items())}]\n")


def _size(node: Node, extra: float) -> tuple[float, float]:
    lines = node_lines(node)
    return max(room(lines) + PADDING + extra, LEAST + extra), 18.0 + LINE_HEIGHT * len(lines)


def _marked(node: Node, status: Status | None) -> tuple[Line, ...]:
    lines = node_lines(node) if node.title else ()
    if lines and status and status.mark:
        return (Line(lines[0].kind, f"{status.mark} {lines[0].text}"), *lines[1:])
    return lines


def _label(lines: Collection[Line]) -> str:
    return "<" + '<BR ALIGN="CENTER"/>'.join(map(_text, lines)) + ">" if lines else ""


def _box(lines: Collection[Line], least: float = 0.0) -> str:
    """Text in a box of a size of our own, so that fonts move nothing."""
    high = 4 + sum(line.height for line in lines)
    rows = '<BR ALIGN="LEFT"/>'.join(map(_text, lines))
    cell = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{max(room(lines) + 10, least):.0f}" HEIGHT="{high:.0f}" ALIGN="LEFT">{rows}</TD>'
    )
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>{cell}</TR></TABLE>>'


def _text(line: Line) -> str:
    inside = escaped(line.text)
    return f'<FONT POINT-SIZE="{line.size:g}">{f"<B>{inside}</B>" if line.bold else inside}</FONT>'


def _inches(points: float) -> str:
    return f"{points / 72:.3f}"
