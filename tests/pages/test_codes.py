"""Messages of the core quote names in backticks; on a page they are code."""

import pytest

from designer.templatetags.pages import with_code

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("There is no filter `x`.", "There is no filter <code>x</code>."),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("nothing to mark", "nothing to mark"),
        ("one ` alone", "one ` alone"),
        ("`a` and one ` alone", "<code>a</code> and one ` alone"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
        ("", ""),
    ],
)
def test_what_stands_between_backticks_is_code_and_nothing_is_markup(text, html):
    assert with_code(text) == html
