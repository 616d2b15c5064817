"""The process in which Graphviz draws: it reads requests, answers, and keeps itself within limits. Run as a script.

Graphviz is C code that is not thread-safe and takes what memory and time it wants; here it can only harm itself. Frames
on both pipes: four bytes of length, one byte (request: CPU seconds allowed; answer: ``+`` or ``-``), the rest.
A request is ``format`` NUL ``DOT``; an answer the drawing, or a sentence.
"""

import os
import resource
import struct
import sys
from tempfile import TemporaryFile
from types import ModuleType
from typing import IO, BinaryIO

LARGEST_FILE = 8 * 2**20
"""Bytes; the DOT text is the only file that is ever written."""


def main() -> None:
    """Serve until the parent closes the pipe. Arguments: the folder that pygraphviz lives in, bytes of memory."""
    sys.path.append(sys.argv[1])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit(int(sys.argv[2]))
    import pygraphviz  # only now is it on the path and kept within limits

    while head := sys.stdin.buffer.read(5):
        size, seconds = struct.unpack(">IB", head)
        form, _, text = sys.stdin.buffer.read(size).partition(b"\0")
        _allow(seconds)
        try:
            drawn = _draw(pygraphviz, text.decode(), form.decode())
        except MemoryError:
            _answer(answers, b"-", b"it needs too much memory")
            return
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one drawing is the answer to it)
            _answer(answers, b"-", f"Graphviz says: {error}".encode())
        else:
            _answer(answers, b"+", drawn)


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def _allow(seconds: int) -> None:
    """CPU time counts from the start of the process, so the limit moves along."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, resource.RLIM_INFINITY))


def _draw(pygraphviz: ModuleType, text: str, form: str) -> bytes:
    graph = pygraphviz.AGraph()
    try:
        with _file(text.encode()) as file:
            graph.read(file)
        drawn: bytes = graph.draw(format=form, prog="dot")
        return drawn
    finally:
        graph.close()


def _file(content: bytes) -> IO[bytes]:
    """Graphviz reads files only: one in memory, where there is such a thing."""
    in_memory = hasattr(os, "memfd_create")
    file: IO[bytes] = os.fdopen(os.memfd_create("dot"), "wb+") if in_memory else TemporaryFile()  # noqa: SIM115
    file.write(content)
    file.seek(0)
    return file


def _answer(answers: BinaryIO, verdict: bytes, body: bytes) -> None:
    answers.write(struct.pack(">I", len(body)) + verdict + body)
    answers.flush()


if __name__ == "__main__":
    main()
