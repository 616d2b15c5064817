"""An example of an input that can be started again: text that must be new gets an ending that no run has.

A property of the input schema says so with ``"x-new": true``. Its text stays as it is until the user can see a run that
has it as a search attribute: the first start of an example is exactly the example.
"""

import secrets
from collections.abc import Mapping

from sagaflow import access
from sagaflow.access import User
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter

__all__ = ["MARK", "must_be_new", "renewed"]

MARK = "x-new"
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that are not taken for one another."""


def must_be_new(rule: object) -> bool:
    """Return true if the schema of a property says that its value must be new for each run."""
    return isinstance(rule, Mapping) and rule.get(MARK) is True


def renewed(user: User, saga: Saga, example: Json) -> Json:
    """Return the example with a new ending for each marked text that is taken."""
    rules = (saga.input_schema or {}).get("properties")
    if not isinstance(example, Mapping) or not isinstance(rules, Mapping):
        return example
    marked = (name for name, rule in rules.items() if must_be_new(rule) and isinstance(example.get(name), str))
    taken = {name: _ended(example[name], rules[name]) for name in marked if _is_taken(user, saga, name, example[name])}
    return {**example, **taken}


def _is_taken(user: User, saga: Saga, name: str, value: str) -> bool:
    """Return true if a run that the user can see has the value, or if that cannot be asked."""
    attributes = [each for each, pointer in saga.search.items() if pointer == f"/{name}"]
    if not attributes or name in access.sensitive_for(user, saga):
        return True
    scope = access.visible_runs(user)
    wanted = (RunFilter(search={each: (value,)}, scope=scope) for each in attributes)
    return any(lookup.count(each, most=1) for each in wanted)


def _ended(text: str, rule: Mapping[str, Json]) -> str:
    """Return the text with an ending, before the @ of an e-mail address; unchanged if it would become too long."""
    name, at, domain = text.partition("@")
    ending = "".join(secrets.choice(LETTERS) for _ in range(4))
    new = f"{name}{'+' if at else '-'}{ending}{at}{domain}"
    return text if len(new) > rule.get("maxLength", len(new)) else new
