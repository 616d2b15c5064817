"""The same picture as a Mermaid flowchart, for README files and wikis that draw it themselves."""

from collections.abc import Collection, Mapping

from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.state import RunState
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.dot import picture_of
from sagaflow.flowchart.paint import NO_OBSERVERS, statuses
from sagaflow.flowchart.picture import Edge, Node
from sagaflow.flowchart.words import clean

__all__ = ["mermaid", "quoted"]

SHAPES = {
    "start": ("((", "))"),
    "end": ("(((", ")))"),
    "call": ("(", ")"),
    "wait": ("[/", "/]"),
    "timer": ("{{", "}}"),
    "approval": ("[\\", "/]"),
    "subsaga": ("[[", "]]"),
    "undo": ("(", ")"),
    "semantic": ("(", ")"),
    "stop": ("{{", "}}"),
    "savepoint": ("[(", ")]"),
    "event": (">", "]"),
    "observer": ("[", "]"),
    "folded": ("[[", "]]"),
}
ARROWS = {"command": "-->", "event": "-.->", "observer": "-.->", "undo": "-.-", "savepoint": "---"}


def mermaid(
    saga: Saga,
    state: RunState | None = None,
    at: float = 0.0,
    *,
    compensations: bool = True,
    folded: Collection[str] = frozenset(),
    subscribers: Collection[Subscriber] = (),
    failing: Mapping[str, Status] = NO_OBSERVERS,
) -> str:
    """A ``flowchart`` of the definition, or of a run in ``state`` as of ``at`` (seconds since the epoch)."""
    picture = picture_of(saga, compensations=compensations, folded=folded, subscribers=subscribers)
    shown = {}
    if state is not None:
        shown = statuses(saga, state, at, folded=folded, subscribers=subscribers, failing=failing)
    lines = ["flowchart TB"]
    lines += [f"    {_node(node, shown.get(node.id))}" for node in picture.nodes if not node.group]
    for group in picture.groups:
        lines.append(f"    subgraph {group.id}[{quoted(f'{group.title}: {group.sub}')}]")
        lines += [f"        {_node(node, shown.get(node.id))}" for node in picture.nodes if node.group == group.segment]
        lines.append("    end")
    lines += [f"    {_edge(edge)}" for edge in picture.edges]
    drawn = {node.id for node in picture.nodes}
    for status in dict.fromkeys(shown[node.id] for node in picture.nodes if node.id in shown):
        fill, line = status.colours
        lines.append(f"    classDef {_name(status)} fill:{fill},stroke:{line},color:#1e293b")
        members = ",".join(key for key, one in shown.items() if one is status and key in drawn)
        lines.append(f"    class {members} {_name(status)}")
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Text from users as a Mermaid string: what Mermaid, Markdown or HTML could read as markup becomes an entity."""
    safe = "".join(char if char.isalnum() or char in " .,_-:·…↶≈⊘⚑✓/()+=" else f"#{ord(char)};" for char in clean(text))
    return f'"{safe}"'


def _node(node: Node, status: Status | None) -> str:
    opening, closing = SHAPES[node.kind]
    title = f"{status.mark} {node.title}" if status and status.mark and node.title else node.title
    lines = [text for text in (title, node.sub, *node.notes) if text] or [" "]
    return f"{node.id}{opening}{quoted(' · '.join(lines))}{closing}"


def _edge(edge: Edge) -> str:
    dashed = edge.style is Style.CHOREOGRAPHED
    arrow = ARROWS.get(edge.kind, "-.->" if dashed else "-->")
    label = f"|{quoted(edge.label)}|" if edge.label else ""
    return f"{edge.source} {arrow}{label} {edge.target}"


def _name(status: Status) -> str:
    return status.value.replace("-", "_")
