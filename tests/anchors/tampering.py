"""The most thorough tampering that is possible with all rights on the database, but without the key."""

import json
from contextlib import contextmanager

from django.db import connection

from sagaflow.core.codec import encode
from sagaflow.core.payload import canonical
from sagaflow.core.run.evolve import fold
from sagaflow.core.run.journal import chain, read_fact
from sagaflow.models import AnchorItem, JournalEntry, OperatorAct, RollbackRecord, Run, triggers
from sagaflow.store import definitions
from sagaflow.store.proof import anchors
from sagaflow.store.runs import records
from sagaflow.store.runs.reading import journal
from tests.roles import the_owner


@contextmanager
def unguarded():
    """Inside, the triggers are gone, as a database user with the right to drop them can make it."""
    with the_owner():
        triggers.remove(connection)
        yield
        triggers.install(connection)


def edit_entry(run):
    JournalEntry.objects.filter(run_id=run, seq=3).update(data=canonical({"by": "nobody"}))


def swap_rows(run):
    rows = JournalEntry.objects.filter(run_id=run)
    rows.filter(seq=3).update(seq=1_000_000)
    rows.filter(seq=4).update(seq=3)
    rows.filter(seq=1_000_000).update(seq=4)


def remove_entry(run):
    JournalEntry.objects.filter(run_id=run, seq=4)._raw_delete("default")


def consistent(run):
    """Chain the remaining journal again and write the snapshot that it leads to."""
    head = run
    rows = list(JournalEntry.objects.filter(run_id=run).order_by("seq"))
    for row in rows:
        head = chain(head, seq=row.seq, at=row.clock, cause=row.cause, kind=row.kind, data=row.data)
        JournalEntry.objects.filter(pk=row.pk).update(hash=head)
    state = fold(definitions.of(Run.objects.get(pk=run).definition_id), journal(run))
    Run.objects.filter(pk=run).update(
        head=head, seq=state.seq, status=state.status.value, snapshot=canonical(encode(state))
    )


def rewrite_entry(run):
    """Build the whole chain again, so that nothing in the run contradicts anything else."""
    first = JournalEntry.objects.get(run_id=run, seq=1)
    data = json.loads(first.data) | {"input": {"order": "forged"}}
    assert read_fact(first.kind, data)
    JournalEntry.objects.filter(pk=first.pk).update(data=canonical(data))
    consistent(run)


def remove_tail(run):
    JournalEntry.objects.filter(run_id=run, seq__gt=5)._raw_delete("default")
    consistent(run)


def remove_run(run):
    for relation in Run._meta.related_objects:
        relation.related_model.objects.filter(**{relation.field.attname: run})._raw_delete("default")
    Run.objects.filter(pk=run)._raw_delete("default")


def edit_record(run):
    RollbackRecord.objects.filter(run_id=run).update(record="{}")


def edit_column_of_record(run):
    RollbackRecord.objects.filter(run_id=run).update(by="somebody else")


def rewrite_record(run):
    """Change the record together with its hash and its columns."""
    row = RollbackRecord.objects.get(run_id=run)
    said = json.loads(row.record) | {"code": "act-of-god"}
    text = canonical(said)
    RollbackRecord.objects.filter(pk=row.pk).update(
        record=text, hash=records.fingerprint(run, text), **records.columns(said)
    )


def remove_record(run):
    RollbackRecord.objects.filter(run_id=run)._raw_delete("default")


def edit_act(run):
    OperatorAct.objects.filter(run_id=run).update(by="somebody else")


def remove_act(run):
    OperatorAct.objects.filter(run_id=run)._raw_delete("default")


def remove_anchor(number):
    AnchorItem.objects.filter(anchor=number)._raw_delete("default")
    anchors.Anchor.objects.filter(pk=number)._raw_delete("default")


def edit_anchor(number):
    anchors.Anchor.objects.filter(pk=number).update(items=99)


def rehash_anchor(number):
    """Compute its hash again. Without the key it cannot be signed."""
    anchor = anchors.Anchor.objects.get(pk=number)
    anchor.journal_mark += 1
    anchors.Anchor.objects.filter(pk=number).update(journal_mark=anchor.journal_mark, hash=anchors.anchor_hash(anchor))


def edit_item(number):
    AnchorItem.objects.filter(anchor=number, kind="run").update(digest="0" * 64)


def remove_item(number):
    AnchorItem.objects.filter(pk=AnchorItem.objects.filter(anchor=number).first().pk)._raw_delete("default")
