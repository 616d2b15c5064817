"""A draft as a file: its text, its document, Python code, or a patch of the file that it was opened from."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from designer.canvas.operations import Refused
from designer.drafts import git
from designer.drafts.planned import planned_actions
from designer.drafts.text import text_of
from sagaflow import registry
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.document_schema import REMARK
from sagaflow.core.definition.fields import NOTE
from sagaflow.core.json_value import Json
from sagaflow.sources.element_lines import LISTS
from sagaflow.sources.python_text import python_text
from sagaflow.sources.splice import patch, written
from sagaflow.store.drafts import DraftLine

__all__ = ["FORMS", "file_of", "patch_of", "text_as"]

FORMS: Mapping[str, str] = {"yaml": "yaml", "json": "json", "python": "py", "patch": "patch"}
"""Form → suffix of the file."""


def text_as(draft: DraftLine, form: str) -> str:
    """Return the draft in one of the forms.

    Raises:
        Refused: it has faults, so that it cannot be written as Python.
    """
    match form:
        case "json":
            return json.dumps(draft.document, indent=2, ensure_ascii=False) + "\n"
        case "patch":
            return patch_of(draft)
        case "python":
            return _python(draft)
        case _:
            return text_of(draft)


def file_of(draft: DraftLine) -> Path | None:
    """Return the file that a draft was opened from; ``None``: it was not in a file."""
    return registry.source_of(draft.saga).path if draft.source == "file" else None


def patch_of(draft: DraftLine) -> str:
    """Return the change of the text as a patch; of a file, with its path in its repository. Empty: nothing changed."""
    path = file_of(draft)
    before = draft.base_text or (written(draft.base) if draft.source != "new" else "")
    return patch(git.path_of(path) if path else f"{draft.name or 'saga'}.yaml", before, text_of(draft))


def _python(draft: DraftLine) -> str:
    if faults := documents.problems(draft.document):
        raise Refused(f"A draft with faults cannot be written as Python; correct them first: {faults[0]}.")
    saga = documents.load(draft.document)
    code = python_text(saga, planned=planned_actions(saga))
    remarks = [f"# {path}: {key}: {value}\n" for path, key, value in _remarks(draft.document, "saga")]
    return "".join([*remarks, "\n", code] if remarks else [code])


def _remarks(element: Json, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, key and value of each ``note`` and ``x-…`` key, which code has no place for, as JSON on one line."""
    if not isinstance(element, dict):
        return
    for key, value in element.items():
        if key == NOTE or key.startswith(REMARK):
            yield path, json.dumps(key, ensure_ascii=False).strip('"'), json.dumps(value, ensure_ascii=False)
        for part in value if key in LISTS and isinstance(value, list) else ():
            if isinstance(part, dict):
                yield from _remarks(part, f"{'' if path == 'saga' else f'{path}/'}{key}/{part.get('name')}")
