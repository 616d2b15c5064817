"""The palette: everything that can be dropped, in groups, and the compensation that an action brings along.

The undo of an action is the one that it was registered with, else what a registered saga declares for it, also that it
cannot be undone. Where there is neither, it is the registered action of the same service whose verb is the opposite:
``take_payment`` and ``refund_payment``. The names of its outputs come along where a saga declares them.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from designer.canvas.inspector.labels import KIND_NAMES
from designer.canvas.inspector.work import sample
from designer.canvas.pointers import repoint
from sagaflow.core.definition.compensation import Compensation
from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.work import kinds
from sagaflow.core.json_value import Json
from sagaflow.flowchart.words import clean, humanize

__all__ = ["OPPOSITES", "Item", "Section", "action_of", "declared_steps", "palette", "undo_for", "undo_of"]

OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "take": ("refund", "return", "give_back"),
    "charge": ("refund",),
    "reserve": ("release", "cancel"),
    "place": ("cancel", "withdraw"),
    "book": ("cancel",),
    "create": ("delete", "cancel", "remove"),
    "open": ("close", "cancel"),
    "add": ("remove",),
    "award": ("revoke",),
    "grant": ("revoke",),
    "allocate": ("release", "free"),
    "lock": ("unlock",),
    "start": ("stop",),
    "receive": ("send_back", "return"),
    "restock": ("unstock",),
    "close": ("reopen",),
    "send": ("recall",),
    "attach": ("detach",),
    "enable": ("disable",),
    "register": ("deregister", "unregister"),
}
"""Verbs and those that undo them, the most usual first."""


@dataclass(frozen=True)
class Item:
    """One thing that can be dropped."""

    title: str
    detail: str
    steps: tuple[dict[str, Json], ...]
    """The documents of the steps that it becomes."""
    help: str = ""
    undo: str = ""
    """The action that comes along as compensation."""
    sort: str = "action"
    """``action``, ``kind`` or ``pattern``."""
    is_probed: bool = False
    """True if the action can ask whether an attempt took effect whose answer is lost."""

    @property
    def data(self) -> str:
        """The steps as JSON."""
        return json.dumps(self.steps, ensure_ascii=False)

    @property
    def undo_verb(self) -> str:
        """The compensation without its service."""
        return self.undo.partition(".")[2]


@dataclass(frozen=True)
class Section:
    """Things under one heading."""

    title: str
    items: tuple[Item, ...] = field(default=())


def palette(
    actions: Mapping[str, str],
    undos: Mapping[str, Json],
    sagas: Iterable[str] = (),
    *,
    titles: Mapping[str, str] = MappingProxyType({}),
    outputs: Mapping[str, Json] = MappingProxyType({}),
    timeouts: Mapping[str, float] = MappingProxyType({}),
    probed: Collection[str] = (),
) -> tuple[Section, ...]:
    """Return the sections.

    ``actions``: the docs of each by name. ``undos``: the compensation of each that has one. ``outputs``: the names that
    the output of an action has, where a saga declares them. ``timeouts``: the time limits in seconds that come along.
    ``probed``: the actions with a probe.
    """
    by_service: dict[str, list[Item]] = {}
    compensations = set(map(action_of, undos.values()))
    for name in sorted(actions, key=lambda name: (name in compensations, name)):
        service, _, verb = name.partition(".")
        step: dict[str, Json] = {"name": _name(verb), "action": name}
        undo = undos.get(name)
        step |= {"undo": undo} if undo else {}
        step |= {"outputs": outputs[name]} if name in outputs else {}
        step |= {"timeout": plain(timeouts[name])} if name in timeouts else {}
        item = Item(
            clean(titles.get(name, "")) or humanize(verb),
            name,
            (step,),
            _first(actions[name]),
            action_of(undo),
            is_probed=name in probed,
        )
        by_service.setdefault(service, []).append(item)
    flow = Section("Flow", tuple(_flow(tuple(sagas))))
    services = (Section(humanize(service), tuple(items)) for service, items in sorted(by_service.items()))
    return (flow, Section("Patterns", PATTERNS), *services)


def declared_steps(sagas: Iterable[UncheckedSaga]) -> dict[str, dict[str, Json]]:
    """Return the undo and the outputs that the sagas declare for each action; of two, those of the first saga.

    What belongs to the saga rather than the action stays there: the event of the undo, and an input of the undo that
    reads more than the output of its own step. That step is called as in the palette.
    """
    found: dict[str, dict[str, Json]] = {}
    for step in (step for saga in sagas for step in saga.steps.values() if step.does.calls):
        known = found.setdefault(step.does.calls, {})
        if step.undo is not None:
            known.setdefault("undo", _elsewhere(step.undo, step.name, step.does.calls))
        if step.outputs is not None:
            known.setdefault("outputs", list(step.outputs))
    return found


def _elsewhere(undo: Compensation, step: str, action: str) -> Json:
    """Return the document of the undo of ``step`` for a step of another saga that calls the same action."""
    reads = undo.input.picks.values() if undo.input else ()
    own = all(picked.step == step for picked in reads)
    document: dict[str, Json] = {"undo": replace(undo, emits=None, input=undo.input if own else None).document()}
    repoint(document, {step: _name(action.partition(".")[2])})
    return document["undo"]


def undo_of(action: str, known: Collection[str], declared: Mapping[str, Json]) -> Json:
    """Return the document of the undo that comes along with ``action``; ``None``: none is known."""
    if action in declared:
        return declared[action]
    service, _, verb = action.partition(".")
    first, _, rest = verb.partition("_")
    for opposite in OPPOSITES.get(first, ()):
        if (name := f"{service}.{opposite}{'_' * bool(rest)}{rest}") in known:
            return name
    return None


def undo_for(undo: Json, action: str, step: str) -> Json:
    """Return the undo that comes along with ``action`` for a step of this name: it may point to the output there."""
    document: dict[str, Json] = {"undo": deepcopy(undo)}
    repoint(document, {_name(action.partition(".")[2]): step})
    return document["undo"]


def action_of(undo: Json) -> str:
    """Return the action that an undo calls; empty: none."""
    value = undo if isinstance(undo, str) else next(iter(undo.items())) if isinstance(undo, dict) and undo else ""
    if isinstance(value, tuple):
        value = value[1] if value[0] in ("compensate", "semantic") else ""
    return value if isinstance(value, str) else ""


def _flow(sagas: tuple[str, ...]) -> Iterator[Item]:
    for kind in kinds():
        work = sample(kind)
        if kind.key == "saga":
            work = {"saga": sagas[0] if sagas else "other-saga"}
        title = KIND_NAMES.get(kind.key, humanize(kind.key))
        name = {"action": "new_step", "event": "wait", "timer": "pause", "approval": "approve", "saga": "sub_saga"}
        step = {"name": name.get(kind.key, kind.key), **work}
        yield Item(title, kind.key, (step,), clean(kind.about), sort="kind")


def _pattern(title: str, detail: str, *steps: dict[str, Json]) -> Item:
    return Item(title, detail, steps, sort="pattern")


PATTERNS = (
    _pattern(
        "Do, undo, time limit",
        "a step with all three",
        {"name": "do_it", "action": "service.do_it", "undo": "service.undo_it", "timeout": 30},
    ),
    _pattern(
        "Fan out and join",
        "two parallel steps, then one after both",
        {"name": "first_branch", "action": "service.first", "undo": "service.undo_first"},
        {"name": "second_branch", "action": "service.second", "undo": "service.undo_second", "after": []},
        {"name": "join", "action": "service.join", "after": ["first_branch", "second_branch"]},
    ),
    _pattern(
        "Either, or",
        "one of two steps, by a value of the input",
        {
            "name": "if_so",
            "action": "service.if_so",
            "undo": "service.undo_if_so",
            "condition": {"eq": ["/input/express", True]},
        },
        {
            "name": "otherwise",
            "action": "service.otherwise",
            "undo": "service.undo_otherwise",
            "condition": {"not": {"eq": ["/input/express", True]}},
            "after": [],
        },
    ),
    _pattern(
        "Semantic lock",
        "mark what is in use, work, and free it",
        {"name": "lock", "action": "service.lock", "undo": "service.unlock"},
        {"name": "do_it", "action": "service.do_it", "undo": "service.undo_it"},
        {"name": "unlock", "action": "service.unlock", "undo": {"nothing": "the undo of the lock frees it too"}},
    ),
    _pattern(
        "Wait or time out",
        "an event with a time limit",
        {"name": "wait", "event": "SomethingHappened", "timeout": 3600, "undo": {"nothing": "a wait leaves nothing"}},
    ),
    _pattern(
        "Pivot with retries after it",
        "the point of no return, then a step that is tried until it succeeds",
        {
            "name": "commit",
            "action": "service.commit",
            "pivot": True,
            "undo": {"irreversible": "say why it cannot be undone"},
        },
        {"name": "finish", "action": "service.finish", "retry": {"attempts": 50, "max_delay": 3600}},
    ),
    _pattern(
        "Approve, then do",
        "a decision by a group before the step",
        {"name": "approve", "approval": "operators"},
        {"name": "do_it", "action": "service.do_it", "undo": "service.undo_it"},
    ),
)


def _name(verb: str) -> str:
    return verb.replace(".", "_")[:64] or "step"


def _first(docs: str) -> str:
    """Return the first sentence of a docstring."""
    return clean(docs.strip().partition("\n\n")[0], longest=160)
