"""The shape of the house in figures, for a comparison of two revisions: ``python -m tests.house [FOLDER]``.

It reads the sources of ``sagaflow/`` and ``designer/`` below a folder as text and imports nothing, so that it can also
measure a revision that ``git archive`` or ``git worktree`` put elsewhere.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from functools import cache
from pathlib import Path

HOUSE = ("sagaflow", "designer")
KINDS = {"Call", "WaitForEvent", "Timer", "Approval", "SubSaga", "RollBackChild", "Nothing"}
"""The names of the kinds of work, those of earlier revisions included."""
OPEN = re.compile(r"\bAny\b")
CALLED_JSON = re.compile(r"\b(?:Any|Json)\b")
"""``Json`` is another name of ``Any``: it documents, and does not check."""


def sources(root):
    """Return the syntax tree of each module, by its name; packages have the name of their folder."""
    paths = (
        path for package in HOUSE for path in sorted((root / package).rglob("*.py")) if "migrations" not in path.parts
    )
    return {module_of(root, path): (path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths}


def module_of(root, path):
    """Return the name under which a file is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_per_package(trees):
    """Return the number of modules that lie directly in each package, without ``__init__``."""
    return Counter(path.parent for path, _ in trees.values() if path.name != "__init__.py")


def questions_of_kind(trees):
    """Return the places that ask for a kind of work by ``isinstance`` and by ``case``, and the modules that do."""
    asked, cases, modules = 0, 0, set()
    for name, (_, tree) in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
                if KINDS & names_in(node.args[1]):
                    asked += 1
                    modules.add(name)
            elif isinstance(node, ast.match_case):
                classes = [part.cls for part in ast.walk(node.pattern) if isinstance(part, ast.MatchClass)]
                if any(KINDS & names_in(cls) for cls in classes):
                    cases += 1
                    modules.add(name)
    return asked, cases, len(modules)


def names_in(node):
    """Return the names in an expression, also those behind a point."""
    return {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node)}


def imports(trees, inside=""):
    """Return module → modules that it imports when it is imported itself, of those that begin with ``inside``."""
    known = {name for name in trees if name.startswith(inside)}
    return {name: set(imported(trees[name][1], known)) - {name} for name in known}


def imported(tree, known):
    """Yield the known modules that stand in the imports at the top level of a module."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from [whole] if whole in known else [node.module] if node.module in known else []
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def longest_chain(graph):
    """Return the longest chain of imports; packages that re-export their modules are ignored."""
    graph = {name: {other for other in others if other in graph} for name, others in graph.items()}
    busy = set()

    @cache
    def chain(name):
        if name in busy:
            return ()
        busy.add(name)
        longest = max((chain(other) for other in sorted(graph[name])), key=len, default=())
        busy.discard(name)
        return (name, *longest)

    return max(map(chain, sorted(graph)), key=len)


def signatures(trees):
    """Count the annotations outside the admin: all of them, those with ``Any``, and those with ``Any`` or ``Json``."""
    texts = []
    for path, tree in trees.values():
        if "admin" not in path.parts:
            texts += [ast.unparse(annotation) for annotation in annotations(tree)]
    return len(texts), sum(map(bool, map(OPEN.search, texts))), sum(map(bool, map(CALLED_JSON.search, texts)))


def annotations(tree):
    """Yield the annotation of every parameter and of every result."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            parameters = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
            yield from (one.annotation for one in parameters if one is not None and one.annotation is not None)
            if node.returns is not None:
                yield node.returns


def figures(root):
    """Return the figures of the house below ``root``, in words."""
    trees = sources(root)
    packages = modules_per_package(trees)
    largest = ", ".join(f"{path.relative_to(root)} {count}" for path, count in packages.most_common(4))
    asked, cases, modules = questions_of_kind(trees)
    core = {name: others for name, others in imports(trees, "sagaflow.core").items() if is_module(trees, name)}
    whole = {name: others for name, others in imports(trees).items() if is_module(trees, name)}
    total, bare, with_json = signatures(trees)
    numbers = sorted(packages.values())
    return [
        ("modules", str(sum(numbers))),
        ("modules per package", f"median {statistics.median(numbers):g}, most {numbers[-1]} ({largest})"),
        ("questions for a kind of work", f"{asked} isinstance, {cases} case, in {modules} modules"),
        ("longest chain of imports", f"core {len(longest_chain(core))}, house {len(longest_chain(whole))}"),
        ("signatures with Any", f"{bare} of {total} ({bare / total:.1%}); with Json too {with_json / total:.1%}"),
    ]


def is_module(trees, name):
    """True for a module that is not a package."""
    return trees[name][0].name != "__init__.py"


def main(folder="."):
    """Print the figures, one a line."""
    for name, value in figures(Path(folder).resolve()):
        print(f"{name}: {value}")


if __name__ == "__main__":
    main(*sys.argv[1:])
