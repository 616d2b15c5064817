"""A draft as text: the file that it was opened from with the changes in place, or a new YAML text."""

from sagaflow.core.errors import SagaflowError
from sagaflow.sources.splice import CannotSplice, splice, written
from sagaflow.store.drafts import DraftLine

__all__ = ["text_of"]


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
