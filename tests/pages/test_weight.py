"""The bytes that a page takes to the browser. They are counted, so that they do not depend on the machine."""

import gzip
import re
from pathlib import Path, PurePosixPath

import pytest
from django.contrib.staticfiles import finders

STATIC = re.compile(r'^(?:import|export) (?:[^;"]*? from )?"(\.[^"]+)"', re.MULTILINE)
"""An import that the browser follows before the page can be used; ``import()`` waits for a need."""


def scripts(html):
    """The compressed sizes of the scripts of a page and of everything that they import, by address."""
    found, todo = {}, re.findall(r'<script[^>]* src="/static/([^"]+)"', html)
    while todo:
        if (path := todo.pop()) in found:
            continue
        source = Path(finders.find(path)).read_bytes()
        found[path] = len(gzip.compress(source))
        folder = PurePosixPath("/" + path).parent
        for other in STATIC.findall(source.decode()):
            parts = []
            for part in (folder / other).parts[1:]:
                parts = parts[:-1] if part == ".." else [*parts, part]
            todo.append("/".join(parts))
    return found


@pytest.mark.parametrize(
    ("page", "most"), [("/", 20_000), ("/definitions/page_parcel/", 26_000), ("/runs/RUN/", 40_000)]
)
def test_the_scripts_that_a_page_needs_at_once_stay_below_their_bar(boss, run_of, page, most):
    found = scripts(boss.get(page.replace("RUN", run_of("heavy"))).content.decode())
    assert "designer/frame/frame.js" in found
    assert "designer/live/times.js" in found  # an import is followed
    assert sum(found.values()) <= most, sorted((size, path) for path, size in found.items())


@pytest.mark.parametrize(
    "later", ["frame/palette.js", "frame/help.js", "live/act.js", "live/copying.js", "live/json_tree.js"]
)
def test_what_a_user_may_never_open_is_loaded_when_it_is_opened(boss, run_of, later):
    found = scripts(boss.get(f"/runs/{run_of('heavy')}/").content.decode())
    assert finders.find(f"designer/{later}")
    assert f"designer/{later}" not in found
