"""The work for one edit is counted: nothing is done twice, and it does not grow with the history."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from designer.canvas import changes
from designer.canvas import draft as drafted
from designer.drafts import state
from sagaflow.core import lint
from sagaflow.core.definition import graph
from sagaflow.flowchart import draw, measure
from sagaflow.models import DraftEdit
from sagaflow.store import sketches


@pytest.fixture
def lined(vera, begun):
    """A draft of three steps, of which nothing has been read before."""
    sketches._loaded.cache_clear()
    sketches._sketched.cache_clear()
    drafted._parts.cache_clear()
    return begun(vera, steps="Step 0\nStep 1\nStep 2")


def retitled(at, title):
    assert at.edit("set-field", element="segments/main/steps/step_1", field="title", value=title).status_code == 200


@pytest.fixture
def counted(monkeypatch):
    """``counted(module, name)``: the arguments of each call of a function from now on."""

    def counted(module, name):
        calls, real = [], getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, **options: calls.append(args) or real(*args, **options))
        return calls

    return counted


@pytest.mark.parametrize("change", [lambda at: retitled(at, "Refund"), lambda at: at.undo(), lambda at: at.redo()])
def test_an_edit_copies_the_document_once(lined, counted, change):
    retitled(lined, "Pay")
    retitled(lined, "Pay more")
    lined.undo()
    copies = counted(drafted, "deepcopy"), counted(changes, "deepcopy")
    change(lined)
    assert sum("segments" in value for calls in copies for value, *_ in calls if isinstance(value, dict)) == 1


def test_an_edit_reads_draws_and_lints_the_new_document_once(lined, counted):
    retitled(lined, "Pay")
    each = ((sketches.documents, "load"), (sketches, "sketch"), (draw, "lay_out"), (draw, "parsed"), (lint, "lint"))
    calls = [counted(*one) for one in each]
    retitled(lined, "Drawn for the first time")
    assert [len(some) for some in calls] == [1, 0, 1, 1, 1]


def test_an_edit_resolves_the_order_of_the_steps_once(lined, counted):
    built = counted(graph, "_build")
    retitled(lined, "Pay")
    assert len(built) == 1


def test_an_operation_reads_the_steps_before_it_once_and_those_after_it_once(lined, counted):
    read = counted(drafted, "validate")
    lined.edit("delete-steps", steps=["step_1"])
    assert len(read) == 2
    lined.edit("delete-steps", steps=["step_2"])
    assert len(read) == 3  # what was after the last one is known


def test_only_texts_that_were_not_in_the_last_drawing_are_measured_again(lined):
    retitled(lined, "Pay")
    before = measure._wrapped.cache_info().misses
    retitled(lined, "A title of its own")
    assert measure._wrapped.cache_info().misses == before + 1


def test_a_document_with_a_fault_is_tried_once_for_its_drawing(lined, counted):
    loads, sketched = counted(sketches.documents, "load"), counted(sketches, "sketch")
    lined.edit("delete-steps", steps=["step_0", "step_1", "step_2"])
    assert (len(loads), len(sketched)) == (2, 1)  # the second time for the faults themselves


def test_an_edit_asks_the_database_as_often_after_many_edits_and_reads_no_operation_again(lined, monkeypatch):
    monkeypatch.setattr(state, "SHOWN", 3)
    asked = []
    for number in range(6):
        with CaptureQueriesContext(connection) as made:
            retitled(lined, f"Title {number}")
        asked.append([each["sql"] for each in made])
    assert len(set(map(len, asked))) == 1
    reads = [sql for sql in asked[-1] if sql.startswith("SELECT") and f'"{DraftEdit._meta.db_table}"' in sql]
    assert reads
    assert not [sql for sql in reads if '"operation"' in sql]
    assert [entry["number"] for entry in lined.state["history"]] == [4, 5, 6]


def test_undo_and_redo_know_edits_that_are_older_than_the_list(lined, monkeypatch):
    monkeypatch.setattr(state, "SHOWN", 2)
    for number in range(5):
        retitled(lined, f"Title {number}")
    made = [edit.sentence for edit in DraftEdit.objects.order_by("number")]
    for left in (4, 3, 2, 1, 0):
        lined.undo()
        assert (lined.state["undo"], lined.state["redo"]) == (made[left - 1] if left else None, made[left])


@pytest.mark.parametrize(
    "sheet",
    ["designer/site.css", "designer/frame/frame.css", "designer/lists.css", "designer/design.css", "designer/run.css"],
)
def test_a_change_of_the_drawing_does_not_make_the_browser_look_at_the_whole_page_again(sheet):
    """A `:has()` on the body does, unless its subject is on another page or belongs to the tour."""
    css = Path(finders.find(sheet)).read_text()
    wide = re.findall(r"^ *(?:html|body|main)\S*:has\(.*", css, re.MULTILINE)
    elsewhere = (".tour ", "> .tour", "[data-publish]", "[data-start]", "> .lists-head")
    assert [line for line in wide if not any(name in line for name in elsewhere)] == []


@pytest.mark.parametrize("sheet", ["sagaflow/flowchart.css", "designer/lists.css"])
def test_a_class_of_the_drawing_does_not_make_the_browser_look_at_each_node_again(sheet):
    css = Path(finders.find(sheet)).read_text()
    assert re.findall(r"\[class[*^][^\]]*\][^,{]* [^,{]+", css) == []
