"""One word, one look: every status of every enum, on every surface that shows it."""

import re

import pytest

from designer.live.attempts import AttemptOutcome
from designer.templatetags import pages
from sagaflow.admin.formats import badge as admin_badge
from sagaflow.core.definition.diff import Kind
from sagaflow.core.monitor import Standing
from sagaflow.core.run import record
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.state import ErrorKind, RunStatus, StepStatus
from sagaflow.flowchart.appearance import APPEARANCES, Status, Tone, appearance_of
from sagaflow.flowchart.legend import marks
from sagaflow.management import terminal
from sagaflow.models import BulkRepairItem

OUTCOMES = [
    *record.OUTCOMES.values(),
    *record.LOUD,
    "kept",
    "savepoint",
    "widened",
    "done",
    "refused",
    "intact",
    "broken",
]
ENUMS = [StepStatus, RunStatus, Attention, Status, ErrorKind, Standing, AttemptOutcome, BulkRepairItem.Outcome, Kind]
WORDS = sorted({str(word) for words in [*ENUMS, OUTCOMES] for word in words})


@pytest.mark.parametrize("word", WORDS)
def test_every_status_has_an_appearance(word):
    look = APPEARANCES[word.replace("_", " ").replace("-", " ")]
    assert len(look.glyph) <= 1
    assert look.words


def test_no_appearance_is_without_a_status():
    assert set(APPEARANCES) == {word.replace("_", " ").replace("-", " ") for word in WORDS}


def shown(html):
    return re.search(r'tone-(\w+)"[^>]*><span aria-hidden="true">(.?)</span> ([^<]+)<', html).groups()


@pytest.mark.parametrize("word", WORDS)
def test_the_pages_the_admin_and_the_terminal_show_the_same(word):
    look = appearance_of(word)
    assert shown(pages.badge(word)) == (look.tone, look.glyph, look.words)
    assert shown(admin_badge(word))[:2] == (look.tone, look.glyph or "·")
    assert terminal.status(word).style == terminal.STYLES[look.tone]


@pytest.mark.parametrize("status", Status)
def test_the_badge_of_a_step_is_the_mark_of_the_drawing(status):
    (mark,) = (mark for mark in marks() if mark.status is status)
    assert shown(pages.step_badge(status))[1:] == (mark.glyph or "·", mark.words)


@pytest.mark.parametrize("reason", Attention)
def test_a_reason_for_attention_has_a_sentence(reason):
    assert pages.why(reason)[0].isupper()
    assert f'title="{pages.why(reason)}"' in pages.attention_badge(reason)


def test_a_terminal_has_a_colour_for_every_tone():
    assert set(terminal.STYLES) == set(Tone)


def test_an_unknown_word_is_shown_as_it_is():
    look = appearance_of("half_way")
    assert (look.glyph, look.tone, look.words) == ("·", Tone.STONE, "half way")
