"""Write a draft back into the file of its saga, in development only.

Only the lines that changed are written. If the file has changed meanwhile, or its text cannot be changed in place,
nothing is written: the patch of the draft does the same by hand.
"""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from designer.canvas.operations import Refused
from designer.drafts import reach, unmasking
from designer.drafts.exports import file_of
from sagaflow import conf, registry
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.payload import same
from sagaflow.sources import saga_files
from sagaflow.sources.source import Source
from sagaflow.sources.splice import splice
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine

__all__ = ["why_not_write", "write"]

OFF = (
    "Files are written only in development: with DEBUG, and with WRITE_FILES set to True in the setting SAGAFLOW. "
    "Apply the patch of the draft instead."
)


def why_not_write(draft: DraftLine) -> str:
    """Return why a draft cannot be written into its file; empty: it can."""
    path = file_of(draft)
    if path is None:
        return "The saga is not in a file. Publish the draft, or take it as a patch or as Python."
    if not (settings.DEBUG and conf.current().write_files):
        return OFF
    if faults := documents.problems(draft.document):
        return f"The draft has {len(faults)} fault{'s' if len(faults) > 1 else ''}; correct them first: {faults[0]}."
    if draft.name != draft.saga:
        return f"The draft is called '{draft.name}', and the file is of '{draft.saga}'; rename it, or take the YAML."
    return ""


def write(user: User, draft: UUID) -> Path:
    """Write a draft into its file, use it in this process, and close it.

    Raises:
        NotAllowed: the user may not publish this saga, or not show a field that it masks.
        Refused: see ``why_not_write``; or the file has changed, or cannot be changed in place.
    """
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        reach.check(user, "publish_saga", line)
        if why := why_not_write(line):
            raise Refused(why)
        unmasking.check(user, line.document)
        path = file_of(line)
        assert path is not None
        try:
            saga_files.replace(path, line.base_text.encode(), _text(path, line).encode())
        except OSError as error:
            raise Refused(f"The file '{path.name}' cannot be written: {error.strerror}.") from error
        except SagaflowError as error:
            raise Refused(str(error)) from error
        registry.register(documents.load(line.document), replace=True, source=Source(path=path))
        drafts.close(line.id, user.get_username())
    return path


def _text(path: Path, line: DraftLine) -> str:
    text = splice(line.text or line.base_text, line.document)
    again: Json = saga_files.parse(path.name, text)
    if not same(again, line.document):
        raise Refused("The text of the file cannot be changed in place; apply the patch of the draft instead.")
    return text
