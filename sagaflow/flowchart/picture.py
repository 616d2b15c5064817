"""The parts of a drawing before it is laid out: nodes, edges and groups with generated identifiers.

An *element* names a part of the definition (``step/take_payment``, ``undo/take_payment``, ``segment/order``,
``edge/event/step/a>step/b``); its *id* (``n3``, ``e7``, ``g1``) is what DOT, SVG and the browser use for it. Ids
depend on the definition alone, never on what is folded or hidden.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

from sagaflow.core.definition.saga import Style

__all__ = ["Edge", "Group", "Node", "Picture", "fold", "without_compensations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A shape with up to five lines of text."""

    id: str
    element: str
    kind: str
    """``start``, ``end``, ``call``, ``wait``, ``timer``, ``approval``, ``subsaga``, ``undo``, ``semantic``, ``stop``,
    ``savepoint``, ``event``, ``observer`` or ``folded``."""
    title: str = ""
    sub: str = ""
    """The action, or what is waited for."""
    notes: tuple[str, ...] = ()
    label: str = ""
    """A sentence for people who do not see the picture."""
    traits: tuple[str, ...] = ()
    """``pivot``, ``irreversible``, ``conditional``, …: further CSS classes."""
    group: str = ""
    """The segment that it is drawn in."""
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An arrow. ``source`` and ``target`` are node ids."""

    id: str
    element: str
    kind: str
    """``command``, ``event``, ``end``, ``undo`` (step → its compensation), ``back`` (order of undoing), ``observer`` or
    ``savepoint``."""
    source: str
    target: str
    label: str = ""
    style: Style = Style.ORCHESTRATED
    """Choreographed edges are dashed."""
    members: tuple[str, ...] = ()
    """The ids of the edges that a folded one stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The frame of a segment."""

    id: str
    element: str
    segment: str
    title: str
    sub: str
    style: Style
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn, in a stable order."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]
    folded: frozenset[str] = field(default_factory=frozenset)
    """The segments drawn as one node."""

    @cached_property
    def node(self) -> dict[str, Node]:
        """By id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def ids(self) -> dict[str, str]:
        """Element → id."""
        parts: tuple[Node | Edge | Group, ...] = (*self.nodes, *self.edges, *self.groups)
        return {part.element: part.id for part in parts}


def without_compensations(picture: Picture) -> Picture:
    """Only the way forward."""
    nodes = tuple(node for node in picture.nodes if node.kind not in ("undo", "semantic", "stop"))
    edges = tuple(edge for edge in picture.edges if edge.kind not in ("undo", "back"))
    kept = {node.id for node in nodes}
    edges = tuple(edge for edge in edges if edge.source in kept and edge.target in kept)
    return replace(picture, nodes=nodes, edges=edges)


def fold(picture: Picture, segments: Collection[str]) -> Picture:
    """Each of ``segments`` as one node; unknown names are ignored."""
    groups = {group.segment: group for group in picture.groups if group.segment in segments}
    if not groups:
        return picture
    nodes = [node for node in picture.nodes if node.group not in groups]
    nodes += [_folded(group) for group in groups.values()]
    stands_for = {node.id: groups[node.group].id for node in picture.nodes if node.group in groups}
    return Picture(
        title=picture.title,
        nodes=tuple(nodes),
        edges=_merged(picture.edges, stands_for),
        groups=tuple(group for group in picture.groups if group.segment not in groups),
        folded=frozenset(groups),
    )


def _folded(group: Group) -> Node:
    count = f"{len(group.steps)} step{'s' if len(group.steps) != 1 else ''}"
    return Node(
        id=group.id,
        element=group.element,
        kind="folded",
        title=group.title,
        sub=f"{group.sub} · {count}",
        label=f"Segment {group.title}, {group.sub}, folded: {count}",
        traits=(group.style.value,),
    )


def _merged(edges: Collection[Edge], stands_for: dict[str, str]) -> tuple[Edge, ...]:
    """Edges between what is left; several between the same two become one."""
    merged: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        source, target = (stands_for.get(end, end) for end in (edge.source, edge.target))
        touched = (source, target) != (edge.source, edge.target)
        if touched and (source == target or edge.kind in ("undo", "back", "savepoint")):
            continue
        key = (source, target, edge.kind)
        known = merged.get(key)
        if known and touched:
            labels = dict.fromkeys(filter(None, (*known.label.split(", "), edge.label)))
            merged[key] = replace(known, label=", ".join(labels), members=(*known.members, edge.id))
        else:
            merged[key] = replace(edge, source=source, target=target, members=(edge.id,))
    return tuple(merged.values())
