"""The committed bundle of CodeMirror is what package-lock.json pins, and the designer stays within its size."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = {"designer": ROOT / "designer/static/designer", "sagaflow": ROOT / "sagaflow/static/sagaflow"}
VENDOR = STATIC["designer"] / "vendor"
LIMIT = 180_000
"""Bytes of JavaScript that the page of the designer may load, compressed, the editor included."""
IMPORTS = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


def test_the_committed_files_have_the_hashes_that_are_committed_with_them():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    assert {line.split()[1] for line in lines} == {"codemirror.js", "LICENSES.txt"}
    for digest, name in (line.split() for line in lines):
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, f"{name}: run `npm run vendor`"


def test_the_licences_name_the_versions_of_the_lock():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    named = re.findall(r"^(\S+) (\d+\.\d+\.\d+)$", (VENDOR / "LICENSES.txt").read_text(), re.MULTILINE)
    assert {"@codemirror/view", "@codemirror/state", "@codemirror/commands", "style-mod"} <= dict(named).keys()
    for name, version in named:
        assert packages[f"node_modules/{name}"]["version"] == version, f"{name}: run `npm run vendor`"
        assert packages[f"node_modules/{name}"]["license"] == "MIT"


def test_what_is_bundled_is_pinned():
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


@pytest.fixture
def modules():
    """Every module that the page of the designer loads, now or later."""
    pages = [ROOT / "templates/sagaflow/base.html", ROOT / "templates/designer/design/page.html"]
    scripts = [name for page in pages for name in re.findall(r"""<script[^>]+static '([^']+)'""", page.read_text())]
    assert {"designer/design/design.js", "sagaflow/drawing/drawing.js"} <= set(scripts)
    found, todo = set(), [STATIC[name.partition("/")[0]] / name.partition("/")[2] for name in scripts]
    while todo:
        path = todo.pop().resolve()
        if path not in found:
            found.add(path)
            todo += [path.parent / name for name in IMPORTS.findall(path.read_text())]
    return found


def test_the_designer_has_less_than_its_limit_of_javascript(modules):
    assert VENDOR / "codemirror.js" in modules
    sizes = {path: len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in modules}
    assert sum(sizes.values()) < LIMIT, sorted(sizes.items(), key=lambda size: -size[1])


def test_the_editor_is_loaded_only_when_the_text_is_opened():
    source = (STATIC["designer"] / "design/code.js").read_text()
    assert 'await import("./code_editor.js")' in source
    assert not re.search(r"^import .*code_editor", source, re.MULTILINE)
