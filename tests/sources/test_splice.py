"""A changed document is written back into its text, and everything that did not change stays byte by byte."""

import re
import subprocess
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.document import dump
from sagaflow.core.payload import same
from sagaflow.sources import yaml_text
from sagaflow.sources.splice import CannotSplice, patch, splice, written
from tests.core.strategies import sagas
from tests.sources.edits import EDITS, add_key, add_step, edited, move_step, remove_step, rename_step
from tests.sources.ugly import ugly

pytestmark = pytest.mark.quick

ORDER = {
    "name": "order",
    "title": 'It\'s: "here"',
    "search": {"customer": "/customer", "order": "/id"},
    "sensitive": ["card", "pin"],
    "observers": [{"name": "watcher", "action": "watch.it", "on": ["Placed"]}],
    "input_schema": {"type": "object", "properties": {"n": {"type": "integer", "enum": [1, 2]}}, "required": ["n"]},
    "segments": [
        {
            "name": "money",
            "style": "orchestrated",
            "team": "sales",
            "steps": [
                {"name": "authorise", "action": "pay.authorise", "undo": "pay.cancel", "timeout": 30},
                {
                    "name": "take",
                    "action": "pay.take",
                    "undo": {"irreversible": "first line\nsecond line"},
                    "condition": {"every": [{"gt": ["/input/total", 100]}, {"exists": "/input/a"}]},
                },
                {"name": "mail", "action": "mail.send", "after": []},
            ],
        },
        {
            "name": "goods",
            "style": "choreographed",
            "steps": [
                {"name": "pack", "action": "stock.pack", "fails_as": {"sold_out": "SoldOut"}},
                {"name": "ship", "action": "stock.ship", "on": ["Taken", "Packed"]},
            ],
        },
    ],
}
SEEDS = range(25)


def remarks(text: str) -> set[str]:
    return set(re.findall(r"# remark \d+", text))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_a_text_without_a_change_stays_as_it_is():
    for text in (ugly(ORDER, seed) for seed in SEEDS):
        assert yaml_text.parse(text, what="The text") == ORDER
        assert splice(text, ORDER) is text


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_each_change_of_each_ugly_text_can_be_written(edit):
    for seed in SEEDS:
        wanted = edited(ORDER, [edit] * (1 + seed % 3), Random(seed))
        result = splice(ugly(ORDER, seed), wanted)
        assert same(yaml_text.parse(result, what="The text"), wanted)


@given(sagas(), st.integers(0, 10**6), st.lists(st.sampled_from(EDITS), max_size=4))
def test_a_changed_text_is_read_as_the_intended_document_or_nothing_is_written(saga, seed, edits):
    text = ugly(dump(saga), seed)
    wanted = edited(dump(saga), edits, Random(seed))
    try:
        result = splice(text, wanted)
    except CannotSplice as refusal:
        result = refusal.text
    assert same(yaml_text.parse(result, what="The text"), wanted)


@pytest.mark.parametrize("edit", [add_step, add_key])
def test_an_addition_leaves_every_other_line_alone(edit):
    for seed in SEEDS:
        text = ugly(ORDER, seed)
        result = splice(text, edited(ORDER, [edit], Random(seed)))
        for tag, start, end, _, _ in SequenceMatcher(None, lines(text), lines(result), autojunk=False).get_opcodes():
            changed = lines(text)[start:end]
            assert tag in ("equal", "insert") or all("[" in line or "{" in line for line in changed), changed
        assert remarks(text) <= remarks(result)


def test_a_step_moves_with_its_lines_and_the_comments_above_it():
    for seed in SEEDS:
        text = ugly(ORDER, seed)
        result = splice(text, edited(ORDER, [move_step], Random(seed)))
        if not re.search(r"steps['\"]?:\s*\[", text):  # no comment can move between the brackets of a line
            assert remarks(text) == remarks(result)
            assert Counter(lines(text)) == Counter(lines(result))


def test_a_removed_step_takes_only_its_own_lines_along():
    for seed in SEEDS:
        text = ugly(ORDER, seed)
        result = splice(text, edited(ORDER, [remove_step], Random(seed)))
        matcher = SequenceMatcher(None, lines(text), lines(result), autojunk=False)
        assert all(
            tag in ("equal", "delete") or "[" in "".join(lines(text)[a:b]) for tag, a, b, _, _ in matcher.get_opcodes()
        )


def test_a_new_name_changes_one_line():
    for seed in SEEDS:
        text = ugly(ORDER, seed)
        result = splice(text, edited(ORDER, [rename_step], Random(seed)))
        assert remarks(text) == remarks(result)
        before, after = text.splitlines(), result.splitlines()
        assert len(before) == len(after)
        assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


PLAIN = """\
# Orders of the shop
name: order   # never rename it
title: "Order"
segments:
  # first the money
  - name: money
    style: orchestrated
    steps:
      # The bank asks for this.
      - name: authorise
        action: pay.authorise   # slow
        undo: pay.cancel
        timeout: 30

      - name: take
        action: pay.take
  - name: goods
    style: choreographed
    steps:
      - {name: pack, action: stock.pack}
"""


def test_one_field_is_a_difference_of_one_line():
    document = yaml_text.parse(PLAIN, what="The text")
    document["segments"][0]["steps"][0]["timeout"] = 45
    assert splice(PLAIN, document) == PLAIN.replace("timeout: 30", "timeout: 45")


def test_a_step_that_moves_to_another_segment_is_indented_as_its_new_neighbours_are():
    document = yaml_text.parse(PLAIN, what="The text")
    money, goods = document["segments"]
    goods["steps"].append(money["steps"].pop(0))
    moved = PLAIN[PLAIN.index("      # The bank") : PLAIN.index("\n      - name: take")]
    assert splice(PLAIN, document) == PLAIN.replace(moved + "\n", "") + moved


def test_the_style_of_the_text_is_kept():
    text = "name: 'a'\ntitle: 'b'\nsegments:\n- name: 'c'\n  steps:\n  - name: 'd'\n    on:\n    - 'e'\n    - 'f'\n"
    document = yaml_text.parse(text, what="The text")
    document["segments"][0]["steps"].append({"name": "g", "on": ["h"]})
    assert splice(text, document) == text + "  - name: 'g'\n    on:\n    - 'h'\n"


@pytest.mark.parametrize(
    "text",
    ["? name\n: order\n", "- order\n", "order\n"],
    ids=["explicit key", "list", "text"],
)
def test_a_form_that_cannot_be_edited_in_place_is_refused_with_the_whole_text(text):
    with pytest.raises(CannotSplice) as refused:
        splice(text, ORDER)
    assert yaml_text.parse(refused.value.text, what="The text") == ORDER


def test_a_new_file_is_read_as_its_document():
    assert yaml_text.parse(written(ORDER), what="The text") == ORDER


@pytest.mark.parametrize("seed", range(8))
def test_git_applies_the_patch_of_a_change(tmp_path: Path, seed):
    before = ugly(ORDER, seed)
    after = splice(before, edited(ORDER, [move_step, add_key, rename_step], Random(seed)))
    target = tmp_path / "sagas" / "order.yaml"
    target.parent.mkdir()
    target.write_bytes(before.encode())
    (tmp_path / "change.patch").write_bytes(patch("sagas/order.yaml", before, after).encode())
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "--whitespace=nowarn", "change.patch"], cwd=tmp_path, check=True)
    assert target.read_bytes().decode() == after
