"""Writes a document to the file that --output names, or to standard output."""

import argparse
from pathlib import Path
from typing import Any

from sagaflow.core.json_value import Json
from sagaflow.management.output import CommandFailed, Exit, Output

__all__ = ["add_document_output", "add_output", "deliver", "deliver_document", "form_of"]

SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
"""The format of a document by the suffix of its file."""


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the option -o."""
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of standard output")


def add_document_output(parser: argparse.ArgumentParser) -> None:
    """Add the options --format and -o of a document in YAML or JSON."""
    parser.add_argument("--format", choices=tuple(dict.fromkeys(SUFFIXES.values())), help="format of the document")
    add_output(parser)


def form_of(options: argparse.Namespace, suffixes: dict[str, str], default: str) -> str:
    """Return --format, or the format of the file's suffix (``suffixes``: suffix → format), or ``default``."""
    if options.format:
        return str(options.format)
    return suffixes.get(Path(options.output).suffix.lower(), default) if options.output else default


def deliver(content: str | bytes, form: str, options: argparse.Namespace, out: Output, about: dict[str, Json]) -> None:
    """Write the document. The answer for machines is ``about`` with the file name, or with the content.

    Raises:
        CommandFailed: the file cannot be written, or a picture would be written to a terminal.
    """
    if isinstance(content, str):
        content = content if content.endswith("\n") else f"{content}\n"
    data = content.encode() if isinstance(content, str) else content
    if options.output:
        _write(Path(options.output), data)
        answer = {**about, "format": form, "file": options.output, "bytes": len(data)}
        out.answer(answer, lambda: None)
    elif out.as_json:
        if isinstance(content, bytes):
            raise CommandFailed(f"{form} is not text; name a file with --output.", Exit.USAGE)
        out.data({**about, "format": form, "content": content})
    elif isinstance(content, str):
        out.raw(content)
    else:
        _binary(data, form, out)


def deliver_document(value: Json, options: argparse.Namespace, out: Output, about: dict[str, Json]) -> None:
    """Write a value as YAML or JSON, as the options of ``add_document_output`` say; see ``deliver``."""
    from sagaflow.management.terminal import json_text
    from sagaflow.sources.splice import written

    form = form_of(options, SUFFIXES, "yaml")
    deliver(written(value) if form == "yaml" else json_text(value, indent=2), form, options, out, about)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandFailed(f"The file '{path}' cannot be written: {why}.") from error


def _binary(data: bytes, form: str, out: Output) -> None:
    file: Any = out.console.file
    buffer = getattr(file, "buffer", None)
    if file.isatty() or buffer is None:
        raise CommandFailed(f"{form} cannot be shown in a terminal; name a file with --output.", Exit.USAGE)
    file.flush()
    buffer.write(data)
    buffer.flush()
