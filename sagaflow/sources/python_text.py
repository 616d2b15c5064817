"""A definition as Python code: the printed code, when executed, makes a definition with the same digest."""

import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

from sagaflow.core.definition.compensation import Compensation
from sagaflow.core.definition.parts import Segment, Step, Style
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.work import Call

__all__ = ["python_text"]

WIDTH = 100
INDENT = "    "
STUB = """\
@action("{name}")
def {function}(context: Context) -> object:
    raise NotImplementedError("{sentence}")"""


def python_text(saga: Saga, *, planned: Collection[str] = ()) -> str:
    """Return a module that registers ``saga``; ``planned``: actions without code, which get a stub each."""
    writer = _Writer()
    body = writer.value(saga, "")
    variable = _identifier(saga.name)
    stubs = []
    taken = {variable}
    for name in sorted(planned):
        function = _free(_identifier(name.rpartition(".")[2]), taken)
        stubs.append(STUB.format(name=name, function=function, sentence=f"The action '{name}' has no code yet."))
    registry = ["action", "register"] if stubs else ["register"]
    if stubs:
        writer.imports.setdefault("sagaflow", set()).add("Context")
    writer.imports["sagaflow.registry"] = set(registry)
    imports = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(writer.imports.items())]
    parts = ["\n".join(imports), *stubs, f"{variable} = {body}"]
    return "\n\n\n".join(parts) + f"\n\nregister({variable})\n"


class _Writer:
    """Writes values as expressions, and collects what they import."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}

    def value(self, value: Any, indent: str) -> str:
        """Return the expression of a value, whose further lines are indented by more than ``indent``."""
        match value:
            case Enum():
                return f"{self._named(type(value))}.{value.name}"
            case Segment():
                return self._segment(value, indent)
            case Step():
                return self._step(value, indent)
            case Compensation() if value == Compensation(does=value.does) and isinstance(value.does, Call):
                return _quoted(value.does.action)
            case str():
                return _quoted(value)
            case tuple() | list():
                return self._sequence(value, indent)
            case Mapping():
                pairs = [f"{_quoted(key)}: {self.value(item, indent + INDENT)}" for key, item in value.items()]
                return _joined("{", pairs, "}", indent)
            case _ if is_dataclass(value) and not isinstance(value, type):
                return self._call(self._named(type(value)), self._arguments(value, indent, ()), indent)
            case _:
                return repr(value)

    def _sequence(self, value: tuple[Any, ...] | list[Any], indent: str) -> str:
        items = [self.value(item, indent + INDENT) for item in value]
        if isinstance(value, list):
            return _joined("[", items, "]", indent)
        return _joined("(", items, ",)" if len(items) == 1 else ")", indent)

    def _segment(self, segment: Segment, indent: str) -> str:
        function = "choreographed" if segment.style is Style.CHOREOGRAPHED else "orchestrated"
        self.imports.setdefault("sagaflow", set()).add(function)
        steps = [self.value(step, indent + INDENT) for step in segment.steps]
        options = self._arguments(segment, indent, ("name", "style", "steps"))
        return self._call(function, [_quoted(segment.name), *steps, *options], indent)

    def _step(self, step: Step, indent: str) -> str:
        work = _quoted(step.does.action) if type(step.does) is Call else self.value(step.does, indent + INDENT)
        options = self._arguments(step, indent, ("name", "does"))
        return self._call(self._named(Step), [_quoted(step.name), work, *options], indent)

    def _call(self, name: str, arguments: list[str], indent: str) -> str:
        return _joined(f"{name}(", arguments, ")", indent)

    def _arguments(self, value: Any, indent: str, without: tuple[str, ...]) -> list[str]:
        return [
            f"{field.name}={self.value(getattr(value, field.name), indent + INDENT)}"
            for field in fields(value)
            if field.init and field.name not in without and not _is_usual(field, getattr(value, field.name))
        ]

    def _named(self, kind: type) -> str:
        """Return the name of a class, and import it from where users import it."""
        module = "sagaflow" if kind.__module__.startswith("sagaflow.core.") else kind.__module__
        self.imports.setdefault(module, set()).add(kind.__name__)
        return kind.__name__


def _is_usual(field: "Field[Any]", value: object) -> bool:
    default = field.default if field.default is not MISSING else MISSING
    if field.default_factory is not MISSING:
        default = field.default_factory()
    return default is not MISSING and type(default) is type(value) and default == value


def _joined(start: str, parts: list[str], end: str, indent: str) -> str:
    line = start + ", ".join(parts) + end
    if len(indent) + len(line) <= WIDTH and "\n" not in line:
        return line
    inner = indent + INDENT
    return start + "\n" + "".join(f"{inner}{part},\n" for part in parts) + indent + end.removeprefix(",")


def _quoted(text: str) -> str:
    """Return a text in double quotes, where that needs no more escapes."""
    plain = repr(text)
    return plain if '"' in text or not plain.startswith("'") else f'"{plain[1:-1]}"'


def _identifier(name: str) -> str:
    words = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "saga"
    words = words if not words[0].isdigit() else f"saga_{words}"
    return f"{words}_" if keyword.iskeyword(words) or words in ("register", "action") else words


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
