"""The journal: every fact survives storage, and every change is detected."""

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.payload import canonical, parse
from sagaflow.core.run.facts import Fact, RunCompleted
from sagaflow.core.run.journal import Entry, broken_links, chain, read_fact, write_fact
from sagaflow.core.run.reports import StepClaimed
from sagaflow.core.run.state import Direction, ErrorKind, StepError

KINDS = typing.get_args(Fact)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=4)
ERRORS = st.builds(StepError, st.sampled_from(ErrorKind), TEXT, TEXT)
VALUES = {
    str: TEXT,
    str | None: st.none() | TEXT,
    int: st.integers(0, 9),
    float: st.floats(0, 1e9),
    float | None: st.none() | st.integers(0, 9).map(float),
    tuple[str, ...]: st.lists(TEXT, max_size=2).map(tuple),
    typing.Any: st.sampled_from((None, {"a": [1, "b"]}, 0, False)),
    StepError: ERRORS,
    StepError | None: st.none() | ERRORS,
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_survives_storage_unchanged(kind):
    hints = typing.get_type_hints(kind)

    @given(st.builds(kind, **{name: VALUES.get(hint, st.from_type(hint)) for name, hint in hints.items()}))
    def survives(fact):
        name, data = write_fact(fact)
        assert read_fact(name, parse(canonical(data))) == fact

    survives()


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError, match="Nonsense"):
        read_fact("Nonsense", {})


def test_an_entry_names_its_kind():
    assert Entry(1, 0.0, 0, RunCompleted()).kind == "RunCompleted"
    assert write_fact(StepClaimed(step="a", worker="w", lease=1.0, direction=Direction.UNDO)) == (
        "StepClaimed",
        {"step": "a", "direction": "undo", "worker": "w", "lease": 1.0},
    )


def journal(run="run-1", length=4):
    """Rows of a journal with an intact chain."""
    rows, previous = [], run
    for seq in range(1, length + 1):
        data = canonical({"step": f"s{seq}"})
        previous = chain(previous, seq=seq, at=seq / 2, cause=seq - 1, kind="StepSkipped", data=data)
        rows.append((seq, seq / 2, seq - 1, "StepSkipped", data, previous))
    return rows


def changed(index, **values):
    names = ("seq", "at", "cause", "kind", "data", "hash")

    def change(rows):
        row = dict(zip(names, rows[index], strict=True)) | values
        return [*rows[:index], tuple(row[name] for name in names), *rows[index + 1 :]]

    return change


FORGERIES = {
    "another time": (changed(1, at=99.0), [2]),
    "another cause": (changed(1, cause=0), [2]),
    "another kind": (changed(2, kind="RunCompleted"), [3]),
    "another content": (changed(0, data="{}"), [1]),
    "another hash": (changed(1, hash="0" * 64), [2, 3]),
    "a missing entry": (lambda rows: rows[:1] + rows[2:], [3, 3]),
    "a missing beginning": (lambda rows: rows[1:], [2, 2]),
    "two entries exchanged": (lambda rows: [rows[1], rows[0], *rows[2:]], [2, 2, 1, 1, 3, 3]),
    "an entry twice": (lambda rows: [*rows[:2], rows[1], *rows[2:]], [2, 2]),
}


@pytest.mark.parametrize(("forge", "expected"), FORGERIES.values(), ids=FORGERIES)
def test_a_changed_journal_is_noticed(forge, expected):
    assert [seq for seq, _ in broken_links("run-1", forge(journal()))] == expected


def test_a_whole_journal_has_no_broken_links():
    assert list(broken_links("run-1", journal())) == []


def test_a_journal_belongs_to_its_run():
    assert [seq for seq, _ in broken_links("run-2", journal())] == [1]


def test_a_missing_entry_is_named():
    rows = journal()
    rows = [*rows[:2], *rows[3:]]
    assert next(text for _, text in broken_links("run-1", rows)) == "entry 3 is missing: 4 follows 2"
