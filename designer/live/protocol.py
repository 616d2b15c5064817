"""The frames of the sockets, as JSON text. Pure: values in, values out.

Server, about one run: ``snapshot`` ``{seq, paint, steps, status}``; ``delta`` with the changes since ``after``
(to apply the same delta twice changes nothing); ``beat`` ``{seq}`` with the latest entry. Server, about all runs:
``board`` ``{counts, runs, more}``, where ``runs`` has the number of the latest entry of each run by its ID, and
``beat``. Client: ``catch_up`` about one run, ``show`` ``{runs}`` about all runs: those that the page shows.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import parse

__all__ = ["LONGEST_FRAME", "BadFrame", "CatchUp", "Close", "Show", "beat", "read", "write"]

LONGEST_FRAME = 16 * 1024
"""The largest frame of a client in bytes."""
MOST_SHOWN = 200
"""The largest number of runs on a page."""


class Close(IntEnum):
    """The reasons why the server closes a socket. The client reconnects only after ``TRY_LATER``."""

    TOO_BIG = 1009
    TRY_LATER = 1013
    BAD_FRAME = 4400
    LOGGED_OUT = 4401
    FORBIDDEN = 4403
    UNKNOWN_RUN = 4404
    TOO_MANY_SOCKETS = 4409
    TOO_MANY = 4429


class BadFrame(ValueError):
    """A client sent a frame that is not part of this protocol; ``code`` closes the socket."""

    def __init__(self, message: str, code: Close = Close.BAD_FRAME) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CatchUp:
    """The client missed a frame and asks for everything again."""


@dataclass(frozen=True, slots=True)
class Show:
    """The page shows these runs and wants their changes."""

    runs: frozenset[str]


def read(text: str | None, data: bytes | None) -> CatchUp | Show:
    """Return the frame that a client sent.

    Raises:
        BadFrame: it is too long, binary, not JSON or unknown.
    """
    if data is not None or text is None:
        raise BadFrame("Frames are text; send JSON.")
    if len(text) > LONGEST_FRAME or len(text.encode()) > LONGEST_FRAME:
        raise BadFrame(f"A frame has at most {LONGEST_FRAME} bytes.", Close.TOO_BIG)
    try:
        frame = parse(text)
    except InvalidPayload as error:
        raise BadFrame("The frame is not valid JSON.") from error
    match frame:
        case {"type": "catch_up"}:
            return CatchUp()
        case {"type": "show", "runs": list(runs)} if len(runs) <= MOST_SHOWN:
            return Show(frozenset(_run_id(run) for run in runs))
    raise BadFrame('A client sends {"type": "catch_up"} or {"type": "show", "runs": [ID, …]}.')


def write(kind: str, **fields: object) -> str:
    """Return a frame as text."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def beat(seq: int | None = None) -> str:
    """Return a heartbeat as text; for one run with the number of its latest journal entry."""
    return write("beat") if seq is None else write("beat", seq=seq)


def _run_id(value: Json) -> str:
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError) as error:
        raise BadFrame("A run is named by its ID.") from error
