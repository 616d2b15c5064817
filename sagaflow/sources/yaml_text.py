"""Reads the part of YAML that JSON can express, as a document or as nodes that know their places in the text."""

import re
from functools import lru_cache
from typing import Any

import yaml

from sagaflow.core import payload
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json

__all__ = ["PlainLoader", "compose", "parse"]


class PlainLoader(yaml.SafeLoader):
    """Reads the part of YAML that JSON can express: `on` is text and not a truth value, and dates are text.

    A key that occurs twice is refused. Aliases are refused, because nested aliases can grow without limit, and so are
    tags, such as ``!!int``: they let a text mean what JSON writes in another way, or not at all.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        go_on()
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML has no types there
            raise yaml.composer.ComposerError(problem="an alias; write the part out", problem_mark=mark)
        event = self.peek_event()  # type: ignore[no-untyped-call]  # as above
        if getattr(event, "tag", None) is not None:
            raise yaml.composer.ComposerError(problem="a tag; leave it out", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                fault = f"the key '{key.value}' twice" if isinstance(key, yaml.ScalarNode) else "a key that is not text"
                raise yaml.constructor.ConstructorError(problem=fault, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def check_event(self, *choices: Any) -> bool:
        """Read on; an escape or a version whose number is too large for the library has a place, too."""
        try:
            return bool(super().check_event(*choices))
        except (ValueError, OverflowError) as error:
            mark = self.get_mark()
            raise yaml.scanner.ScannerError(problem="a number that is too large", problem_mark=mark) from error


NUMBER = r"-?(?:0|[1-9][0-9]{0,30})"
SCALARS = {
    "null": (r"(?:null|~|)", ["n", "~", ""]),
    "bool": (r"(?:true|false)", list("tf")),
    "int": (NUMBER, list("-0123456789")),
    "float": (NUMBER + r"(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?", list("-0123456789")),
}
for _tag, (_pattern, _first) in SCALARS.items():
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)


def parse(text: str | bytes, *, what: str) -> Json:
    """Return the document in ``text``. ``what`` names the text in an error: "The file 'order.yaml'".

    Raises:
        InvalidPayload: the text is too long, no YAML, or YAML that JSON cannot express.
    """
    if len(text) > payload.MAX_SIZE:
        raise InvalidPayload(f"{what} has more than {payload.MAX_SIZE} bytes; a definition must be shorter.")
    try:
        root = _composed(text)
        return payload.checked(None if root is None else PlainLoader("").construct_document(root), what=what)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        why = getattr(error, "problem", None) or getattr(error, "reason", "it breaks a rule")
        raise InvalidPayload(f"{what} is not YAML that JSON can express: {why}{place}.") from error
    except RecursionError as error:
        raise InvalidPayload(f"{what} is nested deeper than {payload.MAX_DEPTH} levels; flatten it.") from error


def compose(text: str) -> yaml.Node:
    """Return the root node of a text that ``parse`` accepts and that is not empty. Marks count its characters."""
    root = _composed(text)
    assert root is not None
    return root


@lru_cache(maxsize=1)  # a text is read several times in a row; its nodes are many times as large as it
def _composed(text: str | bytes) -> yaml.Node | None:
    return yaml.compose(text, PlainLoader)
