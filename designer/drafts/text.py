"""A draft as text: the file that it was opened from with the changes in place, or a new YAML text."""

from dataclasses import asdict

from designer.canvas.draft import Draft
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.sources.element_lines import lines_of
from sagaflow.sources.splice import CannotSplice, splice, written
from sagaflow.store.drafts import DraftLine

__all__ = ["code_of", "text_of"]


def text_of(draft: DraftLine) -> str:
    """Return the text of a draft. What was typed, or stands in its file, keeps its comments and its style."""
    for text in filter(None, (draft.text, draft.base_text)):
        try:
            return splice(text, draft.document)
        except CannotSplice:
            continue
        except SagaflowError:  # a text that cannot be read any more
            continue
    return written(draft.document)


def code_of(draft: DraftLine) -> dict[str, Json]:
    """Return what an editor needs: the text, its revision, the lines of each element, and the events of the steps."""
    text = text_of(draft)
    return {
        "text": text,
        "revision": draft.revision,
        "lines": {path: asdict(lines) for path, lines in lines_of(text).items()},
        "events": [step.done_event for part in Draft.reading(draft.document).parts() for step in part.steps],
    }
