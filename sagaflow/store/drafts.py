"""Drafts of the designer: their documents and the history of their edits, one change at a time.

A change is decided by the caller between ``locked`` and one of ``record``, ``mark`` and ``close``. The row is locked
until then, so that two changes never meet.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from sagaflow import conf
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.models import Draft, DraftEdit
from sagaflow.store.clock import now, seconds, to_datetime
from sagaflow.store.draft_summary import admit, summary

__all__ = [
    "DraftLine",
    "EditLine",
    "HistoryLine",
    "NewDraft",
    "NewEdit",
    "UnknownDraft",
    "close",
    "create",
    "first_undone",
    "has",
    "history",
    "locked",
    "mark",
    "mine",
    "name_of_closed",
    "newest",
    "read",
    "rebase",
    "recent",
    "record",
]

KEPT = 1000
"""Edits of one draft that can be undone. Older ones are forgotten; the document keeps them."""
FORGOTTEN = 200
"""Closed drafts that are deleted at once, at most; the next draft that is closed deletes the others."""
KEPT_LIMITS = 16
"""Their operations together, in units of the setting DRAFT_LIMIT."""


class UnknownDraft(Refused):
    """There is no open draft with this ID."""

    def __init__(self) -> None:
        super().__init__(
            "This draft does not exist any more; it was published or discarded. See the list of drafts.", code="gone"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """The beginning of a draft."""

    saga: str = ""
    """The saga that it was opened from; empty: a new one."""
    source: str
    """``code``, ``file``, ``web`` or ``new``."""
    digest: str = ""
    text: str = ""
    """The text of its file; empty: it is not in a file."""
    document: dict[str, Json]
    base: dict[str, Json] | None = None
    """The document that it is compared with; ``None``: its own document, so that nothing has changed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft as it is stored. Times are seconds since the epoch."""

    id: UUID
    saga: str
    name: str
    source: str
    base_digest: str
    base: dict[str, Json]
    base_text: str
    text: str
    document: dict[str, Json]
    revision: int
    created_by: str
    changed_by: str
    created_at: float
    changed_at: float
    size: int
    """The bytes of its documents, its texts and its history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEdit:
    """An edit that is not recorded yet."""

    key: str = ""
    """The sender's own ID of the edit."""
    operation: dict[str, Json]
    undo: dict[str, Json]
    sentence: str
    focus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """An edit as a list shows it."""

    number: int
    sentence: str
    by: str
    at: float
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLine(NewEdit):
    """An edit as it is stored."""

    number: int
    redo: dict[str, Json] | None
    by: str
    at: float
    undone: bool


def create(new: NewDraft, by: str) -> DraftLine:
    """Store a new draft.

    Raises:
        TooManyDrafts: ``by`` has as many drafts, or as many bytes of them, as the settings allow.
    """
    at, base = to_datetime(now()), new.document if new.base is None else new.base
    texts = {"base": _text(base), "base_text": new.text, "document": _text(new.document)}
    size = _bytes(*texts.values())
    admit(by, size)
    row = Draft.objects.create(
        **texts,
        **summary(new.saga, new.document, base, size),
        saga=new.saga,
        source=new.source,
        base_digest=new.digest,
        created_by=by,
        changed_by=by,
        created_at=at,
        changed_at=at,
    )
    return _line(row)


def read(draft: UUID) -> DraftLine:
    """Return an open draft.

    Raises:
        UnknownDraft: there is none with this ID.
    """
    row = Draft.objects.filter(pk=draft, closed_at__isnull=True).first()
    if row is None:
        raise UnknownDraft
    return _line(row)


def name_of_closed(draft: UUID) -> str:
    """Return the name in a draft that was published or discarded; empty: there is no such draft."""
    return Draft.objects.filter(pk=draft, closed_at__isnull=False).values_list("name", flat=True).first() or ""


def mine(saga: str, by: str) -> DraftLine | None:
    """Return the open draft of ``saga`` that this user opened last; ``None``: there is none."""
    row = Draft.objects.filter(saga=saga, created_by=by, closed_at__isnull=True).first()
    return _line(row) if row else None


def is_named(name: str, *, but: UUID | None = None) -> bool:
    """True if an open draft other than ``but`` has this name and was not opened from the saga of this name."""
    named = Draft.objects.filter(name=name, closed_at__isnull=True).exclude(saga=name)
    return (named.exclude(pk=but) if but else named).exists()


def history(draft: UUID) -> tuple[EditLine, ...]:
    """Return the edits of a draft, the first one first."""
    return tuple(map(_edit, DraftEdit.objects.filter(draft=draft).order_by("number")))


def recent(draft: UUID, most: int) -> tuple[HistoryLine, ...]:
    """Return the last edits of a draft, ``most`` of them, the first one first. Their operations are not read."""
    rows = DraftEdit.objects.filter(draft=draft).only("number", "sentence", "by", "at", "undone")
    return tuple(
        HistoryLine(number=row.number, sentence=row.sentence, by=row.by, at=seconds(row.at), undone=row.undone)
        for row in reversed(rows.order_by("-number")[:most])
    )


@contextmanager
def locked(draft: UUID) -> Iterator[DraftLine]:
    """Lock an open draft; at the end of the block the change is committed.

    Raises:
        UnknownDraft: there is none with this ID.
    """
    with transaction.atomic():
        row = Draft.objects.select_for_update().filter(pk=draft, closed_at__isnull=True).first()
        if row is None:
            raise UnknownDraft
        yield _line(row)


def has(draft: DraftLine, key: str) -> bool:
    """True if an edit with this ID of its sender is in the history."""
    return bool(key) and DraftEdit.objects.filter(draft=draft.id, key=key).exists()


def newest(draft: DraftLine) -> EditLine | None:
    """Return the edit that an undo takes back; ``None``: there is none."""
    row = DraftEdit.objects.filter(draft=draft.id, undone=False).order_by("-number").first()
    return _edit(row) if row else None


def first_undone(draft: DraftLine) -> EditLine | None:
    """Return the edit that a redo brings back; ``None``: there is none."""
    row = DraftEdit.objects.filter(draft=draft.id, undone=True).order_by("number").first()
    return _edit(row) if row else None


def record(draft: DraftLine, edit: NewEdit, document: dict[str, Json], by: str, *, text: str = "") -> None:
    """Store an edit of a locked draft with the document after it. Edits that were undone are dropped.

    ``text``: the text that was typed, which keeps its comments.

    Raises:
        TooManyDrafts: the drafts of its creator have as many bytes as the settings allow.
    """
    at, edits = to_datetime(now()), DraftEdit.objects.filter(draft=draft.id)
    edits.filter(undone=True).delete()
    texts = {"operation": _text(edit.operation), "undo": _text(edit.undo)}
    size = _bytes(*texts.values())
    made = list(edits.order_by("-number").values_list("number", "size"))
    kept = _kept(made, size)
    last = made[0][0] if made else 0
    edits.filter(number__lte=last - len(kept)).delete()
    DraftEdit.objects.create(
        **texts,
        size=size,
        draft_id=draft.id,
        number=last + 1,
        key=edit.key,
        sentence=edit.sentence,
        focus=edit.focus,
        by=by,
        at=at,
    )
    _store(draft, document, by, history=size + sum(kept), text=text, admitted=False)


def mark(draft: DraftLine, edit: EditLine, document: dict[str, Json], by: str, back: dict[str, Json]) -> None:
    """Store that an edit of a locked draft was undone, or done again; ``back`` is the operation that reverses that."""
    changed = {"undo": _text(back)} if edit.undone else {"redo": _text(back)}
    texts = {"operation": _text(edit.operation), "undo": _text(edit.undo), "redo": _text(edit.redo)} | changed
    edits = DraftEdit.objects.filter(draft=draft.id)
    edits.filter(number=edit.number).update(**changed, undone=not edit.undone, size=_bytes(*texts.values()))
    _store(draft, document, by, history=edits.aggregate(size=Sum("size"))["size"])


def rebase(draft: DraftLine, new: NewDraft, document: dict[str, Json], edits: list[tuple[EditLine, NewEdit]]) -> None:
    """Store a locked draft on a newer base, with its edits as they were applied to that. Who made them stays."""
    DraftEdit.objects.filter(draft=draft.id).delete()
    made = DraftEdit.objects.bulk_create(
        DraftEdit(
            draft_id=draft.id,
            number=number,
            key=old.key,
            **(texts := {"operation": _text(edit.operation), "undo": _text(edit.undo)}),
            size=_bytes(*texts.values()),
            sentence=edit.sentence,
            focus=edit.focus,
            by=old.by,
            at=to_datetime(old.at),
        )
        for number, (old, edit) in enumerate(edits, 1)
    )
    Draft.objects.filter(pk=draft.id).update(
        source=new.source, base_digest=new.digest, base=_text(new.document), base_text=new.text, text=""
    )
    now_based = replace(draft, base=new.document, base_text=new.text, text="")
    _store(now_based, document, draft.changed_by, history=sum(edit.size for edit in made))


def close(draft: UUID, by: str) -> None:
    """Close a draft that was published or discarded.

    Of the closed drafts of one creator, the newest ones stay: as many, and as many bytes, as may be open.
    """
    at = to_datetime(now())
    with transaction.atomic():
        Draft.objects.filter(pk=draft, closed_at__isnull=True).update(closed_at=at, changed_by=by, changed_at=at)
        creator = Draft.objects.filter(pk=draft).values_list("created_by", flat=True).first()
        if creator is not None:
            _forget_closed(creator)


def _forget_closed(creator: str) -> None:
    closed = Draft.objects.filter(created_by=creator, closed_at__isnull=False).order_by("-closed_at", "pk")
    most, most_bytes, size, kept = conf.current().drafts_per_user, conf.current().draft_bytes_per_user, 0, 0
    rows = list(closed.values_list("pk", "size")[: most + FORGOTTEN])
    for _, each in rows[:most]:
        size += each
        if kept and size > most_bytes:
            break
        kept += 1
    Draft.objects.filter(pk__in=[pk for pk, _ in rows[kept:]]).delete()


def _store(
    draft: DraftLine, document: dict[str, Json], by: str, *, history: int, text: str = "", admitted: bool = True
) -> None:
    """Store the document of a draft with the columns that follow from it; ``history``: the bytes of its edits."""
    written = _text(document)
    size = _bytes(written, _text(draft.base), draft.base_text, text or draft.text) + history
    if not admitted:
        admit(draft.created_by, size, instead_of=draft.size)
    Draft.objects.filter(pk=draft.id).update(
        **summary(draft.saga, document, draft.base, size),
        document=written,
        revision=draft.revision + 1,
        changed_by=by,
        changed_at=to_datetime(now()),
        **({"text": text} if text else {}),
    )


def _kept(sizes: list[tuple[int, int]], size: int) -> list[int]:
    """Return the sizes of the newest edits that are kept next to a new one of ``size``; ``sizes``: newest first."""
    most, kept = KEPT_LIMITS * conf.current().draft_limit, list[int]()
    for _, each in sizes[: KEPT - 1]:
        size += each
        if size > most:
            break
        kept.append(each)
    return kept


def _line(row: Draft) -> DraftLine:
    return DraftLine(
        id=row.pk,
        saga=row.saga,
        name=row.name,
        source=row.source,
        base_digest=row.base_digest,
        base=json.loads(row.base),
        base_text=row.base_text,
        text=row.text,
        document=json.loads(row.document),
        revision=row.revision,
        created_by=row.created_by,
        changed_by=row.changed_by,
        created_at=seconds(row.created_at),
        changed_at=seconds(row.changed_at),
        size=row.size,
    )


def _edit(row: DraftEdit) -> EditLine:
    return EditLine(
        number=row.number,
        key=row.key,
        operation=json.loads(row.operation),
        undo=json.loads(row.undo),
        redo=json.loads(row.redo) if row.redo else None,
        sentence=row.sentence,
        focus=row.focus,
        by=row.by,
        at=seconds(row.at),
        undone=row.undone,
    )


def _text(value: Json) -> str:
    """Write JSON with the keys in their order, which is the order of the text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)
