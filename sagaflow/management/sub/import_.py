"""Bring definitions from files into the database: as drafts for the designer, or with --publish as versions.

FILE is a .json, .yaml or .yml file, or a folder, of which every such file is read. Each file is checked on its own: one
with faults is reported, does not stop the others, and the exit code is 1. A draft may have faults; it is finished in
the designer. The draft of a saga that is published on the web already is a change of its newest version. A name that
code or a file of an app has is refused, because one name has one source. A version that shows a field which is masked
now is published with --unmask only.

Examples:
  manage.py sagaflow import order.yaml
  manage.py sagaflow import sagas/ --publish --note "From the staging site"
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from sagaflow.core.json_value import Json
from sagaflow.management.arguments import by_of
from sagaflow.management.output import CommandFailed, Exit, Output, escape


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="FILE", nargs="+", help="file with a definition, or a folder of files")
    parser.add_argument("--publish", action="store_true", help="publish each as the next version of its saga")
    parser.add_argument("--unmask", action="store_true", help="publish also what shows a field that is masked now")
    parser.add_argument("--note", default="", help="note of the versions")
    parser.add_argument("--by", metavar="NAME", help="your name (default: the name that you are logged in with)")


def handle(options: argparse.Namespace, out: Output) -> Exit:
    by = by_of(options)
    if options.note and not options.publish:
        raise CommandFailed("A note is saved with a version; add --publish.", Exit.USAGE)
    if options.unmask and not options.publish:
        raise CommandFailed("A draft shows nothing of runs; leave out --unmask, or add --publish.", Exit.USAGE)
    done = [_imported(path, by, options) for path in _files(options.paths)]
    out.answer({"files": done}, lambda: out.say("\n".join(map(_words, done))))
    failed = sum(1 for each in done if each["error"])
    if failed:
        out.warn(f"{failed} of {len(done)} file{'s' if len(done) > 1 else ''} could not be imported.")
    return Exit.FAILED if failed else Exit.OK


def _files(names: list[str]) -> Iterator[Path]:
    from sagaflow.sources.saga_files import SUFFIXES

    for path in map(Path, names):
        if not path.is_dir():
            yield path
            continue
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not found:
            raise CommandFailed(f"The folder '{path}' has no {', '.join(SUFFIXES)} file.", Exit.USAGE)
        yield from found


def _imported(path: Path, by: str, options: argparse.Namespace) -> dict[str, object]:
    """Return the outcome of one file; ``error`` is empty if it is in the database now."""
    from sagaflow.core.errors import SagaflowError

    try:
        outcome = _publish(path, by, options) if options.publish else _draft(path, by)
    except (SagaflowError, CommandFailed) as error:
        return {"file": str(path), "error": str(error)}
    return {"file": str(path), "error": "", **outcome}


def _document(path: Path) -> dict[str, Json]:
    from sagaflow import conf, registry
    from sagaflow.core import payload
    from sagaflow.management.arguments import text_of
    from sagaflow.sources import saga_files

    document = saga_files.parse(path.name, text_of(str(path), "The definition file"))
    document = payload.checked(document, what=f"The file '{path.name}'", limit=conf.current().draft_limit)
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(name, str):
        raise CommandFailed("The file is not a definition with a name.")
    if any(saga.name == name for saga in registry.sagas()):
        raise CommandFailed(
            f"The saga '{name}' is written in {registry.source_of(name)}, and one name has one source. "
            "Change it there, or rename the one in this file."
        )
    return document


def _draft(path: Path, by: str) -> dict[str, object]:
    from sagaflow.core.definition.document import problems
    from sagaflow.core.payload import same
    from sagaflow.store import drafts, web_sagas
    from sagaflow.store.drafts import NewDraft

    document = _document(path)
    name, newest = str(document["name"]), web_sagas.newest_version(str(document["name"]))
    if newest is None:
        new = NewDraft(source="new", document=document)
    elif same(newest.document, document):
        return {"saga": name, "version": newest.number, "digest": newest.digest, "changed": False}
    elif (begun := drafts.mine(name, by)) is not None:
        raise CommandFailed(f"You have a draft of '{name}' already: publish or discard /design/{begun.id}/ first.")
    else:
        new = NewDraft(saga=name, source="web", digest=newest.digest, base=newest.document, document=document)
    draft = drafts.create(new, by)
    return {"saga": name, "draft": str(draft.id), "faults": len(problems(document))}


def _publish(path: Path, by: str, options: argparse.Namespace) -> dict[str, object]:
    from sagaflow.core.payload import same
    from sagaflow.store import web_sagas
    from sagaflow.unmasking import unmasked

    document = _document(path)
    newest = web_sagas.newest_version(str(document["name"]))
    if newest is not None and same(newest.document, document):
        return {"saga": newest.saga, "version": newest.number, "digest": newest.digest, "changed": False}
    if not options.unmask and (shown := unmasked(document)):
        raise CommandFailed(f"{' '.join(shown)} To publish it anyway, add --unmask.")
    version = web_sagas.publish(document, after=newest.number if newest else 0, note=options.note, by=by)
    return {"saga": version.saga, "version": version.number, "digest": version.digest, "changed": True}


def _words(each: dict[str, object]) -> str:
    file, saga = escape(str(each["file"])), escape(str(each.get("saga")))
    if each["error"]:
        return f"{file}: [red]{escape(str(each['error']))}[/red]"
    if "draft" in each:
        faults = f", faults: {each['faults']}" if each["faults"] else ""
        return f"{file}: draft of '{saga}'{faults}: /design/{each['draft']}/"
    if not each["changed"]:
        return f"{file}: '{saga}' is version {each['version']} already"
    return f"{file}: published version {each['version']} of '{saga}'"
