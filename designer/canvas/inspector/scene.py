"""The element whose form is made, with all that its fields ask for: the draft, its problems, what is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from designer.canvas.draft import Draft
from sagaflow.core.definition.sketch import Sketch, sketch
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known

__all__ = ["Scene"]


@dataclass(frozen=True)
class Scene:
    draft: Draft
    path: str
    element: Mapping[str, Json]
    problems: tuple[Mapping[str, Any], ...]
    known: Known
    """The registered actions and sagas, with their schemas."""

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(sorted(self.known.actions or ()))

    @property
    def sagas(self) -> tuple[str, ...]:
        return tuple(sorted(self.known.sagas or ()))

    @cached_property
    def saga(self) -> Sketch:
        """The definition, if it is unfinished: all that can be read of it."""
        return sketch(self.draft.document)

    def faults(self, name: str) -> tuple[str, ...]:
        return tuple(p["message"] for p in self.problems if p.get("field") == name)

    def is_probed(self, action: Json) -> bool:
        """Return whether a registered action of this name has a probe."""
        return isinstance(action, str) and action in self.known.probed

    def named(self, step: str) -> bool:
        """Return whether the element is the step of this name."""
        return self.path.rpartition("/")[2] == step
