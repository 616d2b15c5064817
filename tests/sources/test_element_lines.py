"""The lines of the elements of a text."""

import pytest

from sagaflow.sources.element_lines import Lines, lines_of

TEXT = """\
# An order
name: order
segments:
- name: money
  style: orchestrated
  steps:
  # the big one
  - name: take
    action: payment.take

    undo: payment.refund
  - {name: send, action: post.send}
observers:
  - name: news
    on: [Sent]
"""


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_each_element_has_its_lines_and_the_lines_of_its_keys(eol):
    found = lines_of(TEXT.replace("\n", eol))
    assert found["segments/money/steps/take"] == Lines(8, 11, {"name": 8, "action": 9, "undo": 11})
    assert found["segments/money/steps/send"] == Lines(12, 12, {"name": 12, "action": 12})
    assert found["segments/money"] == Lines(4, 12, {"name": 4, "style": 5, "steps": 6})
    assert found["observers/news"] == Lines(14, 15, {"name": 14, "on": 15})
    assert found["saga"].keys == {"name": 2, "segments": 3, "observers": 13}


def test_json_has_lines_too():
    found = lines_of('{\n "name": "a",\n "segments": [\n  {"name": "b", "steps": [{"name": "c"}]}\n ]\n}')
    assert (found["segments/b/steps/c"].first, found["segments/b"].last) == (4, 4)


@pytest.mark.parametrize("text", ["", "a", "- a", "name: [", "? a\n: b", "segments: [1, [], {steps: 2}]", "a: *b"])
def test_a_text_that_is_not_a_definition_has_no_elements(text):
    assert not {path for path in lines_of(text) if path != "saga"}
