"""The compensation of a step: the work that undoes it, or the reason why nothing does."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.input_mapping import InputMapping
from sagaflow.core.definition.work import Call, StepKind, kinds
from sagaflow.core.json_value import Json

__all__ = ["Compensation", "Undo", "irreversible", "nothing", "semantic"]


class Undo(StrEnum):
    """The meaning of undoing a step."""

    COMPENSATE = "compensate"
    SEMANTIC = "semantic"
    """The effect stays; another effect corrects it."""
    IRREVERSIBLE = "irreversible"
    NOTHING = "nothing"
    """The step leaves nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """The undo of a step. Build it with a string, :func:`semantic`, :func:`irreversible` or :func:`nothing`."""

    kind: Undo = Undo.COMPENSATE
    does: StepKind | None = None
    reason: str = ""
    """The reason why the step cannot be undone, or what the semantic undo leaves behind."""
    needs: tuple[str, ...] = ()
    """JSON pointers to the parts of the action's output that the compensation reads."""
    emits: str | None = None
    """The event of a successful undo; default ``<Step>Compensated``."""
    input: InputMapping | None = None
    """Its input, which may read the output of its own step too; ``None``: the input that the action got."""

    def __post_init__(self) -> None:
        given: object = self.input
        if isinstance(given, Mapping):
            object.__setattr__(self, "input", InputMapping(given))

    def document(self) -> Json:
        """Return the compensation as JSON: the name of an action, or an object that says more."""
        if self == Compensation(does=self.does) and isinstance(self.does, Call):
            return self.does.action
        options = {"reason": "" if self.does is None else self.reason, "needs": list(self.needs), "emits": self.emits}
        given: dict[str, Json] = {} if self.input is None else {"input": self.input.document()}
        return {self.kind.value: self._main()} | {key: value for key, value in options.items() if value} | given

    def _main(self) -> Json:
        """Return what stands under the kind: the reason, the name of an action, or the document of other work."""
        if self.does is None:
            return self.reason
        if isinstance(self.does, Call):
            return self.does.calls
        return {key: value for key, value in plain(self.does.document()).items() if value}

    @classmethod
    def read(cls, data: Json) -> Self:
        """Return the compensation of a document."""
        if isinstance(data, str):
            return cls(does=Call(data))
        kind = next(kind for kind in Undo if kind in data)
        options: dict[str, Any] = {"kind": kind, "needs": tuple(data.get("needs", ())), "emits": data.get("emits")}
        options["input"] = InputMapping.read(data["input"]) if "input" in data else None
        if kind in (Undo.IRREVERSIBLE, Undo.NOTHING):
            return cls(reason=data[kind], **options)
        return cls(does=_read_work(data[kind]), reason=data.get("reason", ""), **options)


def semantic(action: str, reason: str = "", *, needs: tuple[str, ...] = (), emits: str | None = None) -> Compensation:
    """Declare that the effect cannot be undone, and that ``action`` corrects it by another effect."""
    return Compensation(kind=Undo.SEMANTIC, does=Call(action), reason=reason, needs=needs, emits=emits)


def irreversible(reason: str) -> Compensation:
    """Declare that nothing undoes or corrects the step; ``reason`` goes into the rollback record."""
    return Compensation(kind=Undo.IRREVERSIBLE, reason=reason)


def nothing(reason: str) -> Compensation:
    """Declare that the step leaves nothing behind, as for a pure check."""
    return Compensation(kind=Undo.NOTHING, reason=reason)


def _read_work(data: Json) -> StepKind:
    if isinstance(data, str):
        return Call(data)
    return next(kind.read(data) for kind in kinds(undo=True) if kind.key in data)
