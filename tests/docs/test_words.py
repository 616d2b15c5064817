"""Everything that people read is written in plain English, by the rules of `tests/docs/words.py`."""

from functools import cache

import pytest

from tests.docs.markdown import ROOT
from tests.docs.prose import Kind, Passage, files, of_configuration, of_page, of_python, of_script, passages
from tests.docs.words import LONGEST_LINE, RULES, broken_by, findings, too_long

pytestmark = pytest.mark.quick


@cache
def found():
    return list(findings(files()))


def test_no_text_breaks_a_rule():
    assert not found(), "\n".join(["Rewrite these words:", *map(str, found())])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.bad)
def test_a_rule_finds_the_bad_sentence_and_not_the_good_one(rule):
    kind = min(rule.kinds, key=lambda kind: kind.value)
    assert rule in [rule for _, _, rule in broken_by(Passage(kind, rule.bad))]
    assert list(broken_by(Passage(kind, rule.good))) == []


def texts(read):
    return [(one.kind, one.line, one.text.strip()) for one in read]


def test_a_phrase_is_found_across_a_line_break_and_not_in_code():
    passage = Passage(
        Kind.PAGE, "It is kept for\never, says `kept for ever`.\n\n[Kept](for-ever) as far\nas that goes.", 7
    )
    assert [(line, words) for line, words, _ in broken_by(passage)] == [(10, "as far as"), (7, "for ever")]


def test_docstrings_comments_and_messages_of_python_are_read():
    code = (
        '"""The module."""\n'
        "LIMIT = 3  # a limit\n"
        '"""Seconds."""\n'
        "# one\n"
        "# two\n"
        "\n"
        "# three\n"
        'print("one two", "three words here", f"{LIMIT} seconds are over")\n'
    )
    docstrings = [(Kind.DOCSTRING, 1, "The module."), (Kind.DOCSTRING, 3, "Seconds.")]
    comments = [(Kind.COMMENT, 2, "a limit"), (Kind.COMMENT, 4, "one\n two"), (Kind.COMMENT, 7, "three")]
    messages = [(Kind.MESSAGE, 8, "three words here"), (Kind.MESSAGE, 8, "… seconds are over")]
    assert texts(of_python(code, with_messages=False)) == docstrings + comments
    assert texts(of_python(code, with_messages=True)) == docstrings + messages + comments


@pytest.mark.parametrize("text", [r'"a\"# b"', "'a\"# b'", '"""a "# b\n# c"""', "r'# a'", 'f"""{1}# "a" # b"""'])
def test_a_hash_in_a_string_begins_no_comment(text):
    comments = [one for one in of_python(f"a = {text}  # one\n", with_messages=False) if one.kind is Kind.COMMENT]
    assert texts(comments) == [(Kind.COMMENT, 1 + text.count("\n"), "one")]


def test_pages_are_read_without_their_code():
    page = "# A title\n\n```python\nfor ever\n```\n\n    for ever\n\n- a point\n    that goes on\n"
    assert texts(of_page(page)) == [(Kind.PAGE, 1, "# A title\n\n\n\n\n\n\n\n- a point\n    that goes on")]


def test_comments_and_messages_of_scripts_are_read():
    script = '/* One\n * block. */\nconst place = "https://one.example/two"; // a line\nsay("No more than three");\n'
    read = [
        (kind, line, " ".join(text.replace("*", "").split()))
        for kind, line, text in texts(of_script(script, with_messages=True))
    ]
    assert read == [
        (Kind.COMMENT, 1, "One block."),
        (Kind.COMMENT, 3, "a line"),
        (Kind.MESSAGE, 4, "No more than three"),
    ]


def test_comments_of_configuration_are_read():
    read = texts(of_configuration("# Why\nkey = 'a#b'  # because\nrun: ## a task\n"))
    assert read == [(Kind.COMMENT, 1, "Why"), (Kind.COMMENT, 2, "because"), (Kind.COMMENT, 3, "a task")]


def test_templates_are_read_without_their_tags(tmp_path):
    template = tmp_path / "page.html"
    template.write_text(
        '{# A note #}<p\n title="On hover">{% if a %}Shown{% endif %} {{ value }}</p>'
        '{% include "x.html" with t="By night" %}'
    )
    (read,) = passages(template)
    assert " ".join(read.text.split()) == "A note On hover Shown By night"
    assert read.text.index("Shown") > read.text.index("\n")


@pytest.mark.parametrize(
    ("line", "long"),
    [
        ("word " * 30, True),
        ("| " + "cell " * 30, False),
        ("`code` " * 20, True),
        ("[a](b) " * 20, False),
        (f"`{'word' * 30}`", False),
        ("word", False),
    ],
)
def test_long_lines_of_prose_are_found(line, long):
    assert list(too_long(Passage(Kind.PAGE, f"short\n{line}\n"))) == ([2] if long else [])
    assert LONGEST_LINE == 100
    assert list(too_long(Passage(Kind.DOCSTRING, line))) == []


def test_every_package_is_read():
    read = {path.relative_to(ROOT).as_posix() for path in files()}
    assert {
        "Makefile",
        "README.md",
        "benchmarks/README.md",
        "config/settings.py",
        "conftest.py",
        "designer/static/designer/site.css",
        "designer/static/designer/live/parts.js",
        "examples/orders/sagas.py",
        "pyproject.toml",
        "requirements.in",
        "sagaflow/core/run/decide.py",
        "templates/designer/run.html",
        "tests/docs/test_words.py",
    } <= read
    assert not [place for place in read if "/migrations/" in place or ".venv" in place]
