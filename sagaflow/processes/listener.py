"""Hear the events of brokers: each message is published to the engine, and then done with the broker.

The order is the law: the database commits first, the broker is told afterwards. Between the two, the process may die;
the broker then delivers the message again, and the ID of the event makes it count once. A message from which no event
can be read is set aside, so that it never blocks those behind it.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from django.db import DatabaseError

from sagaflow import conf, engine, store
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.counting import counted
from sagaflow.participants.secret import secret
from sagaflow.processes.loop import Loop
from sagaflow.processes.presence import name_of
from sagaflow.source_settings import Source
from sagaflow.store import UnknownRun, refusals, unreadable
from sagaflow.transport import streams
from sagaflow.transport.streams import Message, Stream
from sagaflow.transport.streams.reading import ENVELOPE, Heard, Unreadable, read

__all__ = ["Listener", "NotReplayed", "hear", "loops", "replay"]

log = logging.getLogger(__name__)
often = counted(f"{__name__}.passed_over")

FIRST_PAUSE = 1.0
"""Seconds before a listener connects again; they grow while the broker is unavailable."""
PATIENCE = 1.0
"""Seconds for which a listener waits for a message, so that it can be asked to stop."""
OWN = "/sagaflow/"
"""The beginning of the source of each event that a relay of Sagaflow publishes."""


class NotReplayed(Exception):
    """A message that was set aside still gives no event, in a sentence that says why."""


def loops(sources: Sequence[Source] | None = None) -> list[Loop]:
    """Return a loop for each source (default: those of the settings). It reconnects by itself, with growing pauses."""
    wanted = conf.current().listened if sources is None else sources
    return [_loop(Listener(each)) for each in wanted]


def _loop(listener: "Listener") -> Loop:
    return Loop(f"listener of source '{listener.source.name}'", listener.turn, FIRST_PAUSE, end=listener.end)


class Listener:
    """Hears one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._name = name_of(f"source-{source.name}")
        self._stream: Stream | None = None
        self._beat_at = 0.0

    def turn(self) -> float:
        """Hear the messages that are there, or that come soon. After an error, the next turn connects again."""
        try:
            stream = self._connected()
            for message in stream.receive(PATIENCE):
                hear(self.source, message)
                stream.done(message)
            self._beat()
        except BaseException:
            self.close()
            raise
        return 0.0

    def close(self) -> None:
        """Disconnect. The broker delivers again what was not done."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def end(self) -> None:
        """Disconnect and sign off."""
        self.close()
        with suppress(DatabaseError):  # the readiness check forgets it in time
            store.leave(self._name)

    def _connected(self) -> Stream:
        if self._stream is None:
            source = self.source
            password = secret(source.secret, source.name) if source.secret else ""
            self._stream = streams.opened(source, password, self._name)
            log.info("Listening to source '%s' at %s.", source.name, source.address)
        return self._stream

    def _beat(self) -> None:
        """Tell the readiness check that this source is heard."""
        if time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + store.BEAT
            store.appear(self._name, store.LISTENING, [self.source.name])


def hear(source: Source, message: Message) -> None:
    """Publish the event of a message, or set the message aside.

    Raises:
        DatabaseError: the database cannot be reached; the message has to come again.
    """
    try:
        _publish(source, _read(source, message))
    except Unreadable as error:
        _set_aside(source, message, str(error))
    except Exception as error:
        if not refusals.is_lasting(error):
            raise
        log.exception("A message of source '%s' (%s) cannot be taken.", source.name, message.place)
        _set_aside(source, message, f"It cannot be taken: {type(error).__name__}. The log of the listener has more.")


def replay(message_id: int, by: str) -> str:
    """Publish the event of a message that was set aside, and delete it; return the name of the event.

    Raises:
        NotReplayed: it still cannot be read, or its source is not in the settings.
    """
    kept = unreadable.find(message_id)
    if kept is None:
        raise NotReplayed(
            "The message does not exist any more: it was published meanwhile, or deleted as one of the oldest."
        )
    if not kept.whole:
        raise NotReplayed("Only the beginning of the message is kept. Send it again at its source.")
    source = next((each for each in conf.current().listened if each.name == kept.source), None)
    if source is None:
        raise NotReplayed(
            f"The setting SOURCES has no source '{kept.source}' any more. Add it, or send the event again."
        )
    try:
        heard = _read(source, Message(kept.body, kept.headers, kept.place))
        _publish(source, heard)
    except Unreadable as error:
        unreadable.explain(message_id, str(error))
        raise NotReplayed(str(error)) from error
    unreadable.delete(message_id)
    log.info("%s published message %d of source '%s' again.", by, message_id, source.name)
    return heard.event


def _read(source: Source, message: Message) -> Heard:
    return read(message, source, conf.current().payload_limit)


def _publish(source: Source, heard: Heard) -> None:
    """Give the event to the runs that it is for.

    Raises:
        Unreadable: the engine refuses it.
    """
    if source.events and heard.event not in source.events:
        return
    may_have = partial(_is_for, source.saga) if source.saga else None
    correlation = _correlation(heard, may_have)
    if _is_own(heard) or (source.saga and correlation and not _is_within(source.saga, correlation)):
        return
    try:
        engine.publish(
            heard.event,
            correlation,
            heard.payload,
            event_id=heard.event_id,
            source=heard.source,
            may_have=may_have,
            may_start=may_have,
            by=f"source:{source.name}",
        )
    except Refused as error:
        if error.code != "no-correlation":
            raise Unreadable(str(error)) from error
        often.warning("Source '%s': '%s' is skipped, because no saga takes it.", source.name, heard.event)
    except InvalidPayload as error:
        raise Unreadable(str(error)) from error


def _correlation(heard: Heard, may_have: store.MayHave | None) -> str:
    """Return the correlation ID; a ``subject`` counts only if no saga finds the key of the run in the data."""
    if heard.correlation or not heard.subject or engine.is_correlated(heard.event, may_have):
        return heard.correlation
    return heard.subject


def _is_for(name: str, saga: UncheckedSaga) -> bool:
    return saga.name == name


def _is_within(saga: str, correlation: str) -> bool:
    """Return false if the correlation ID is that of a run of another saga."""
    return _saga_of(correlation) in (saga, None)


def _is_own(heard: Heard) -> bool:
    """Return true for an event that a run here published: the run knows it already."""
    if not heard.source.startswith(OWN):
        return False
    return _saga_of(heard.correlation) == heard.source.removeprefix(OWN).partition("/")[0]


def _saga_of(correlation: str) -> str | None:
    """Return the saga of the run with this ID; ``None``: the text is the ID of no run."""
    try:
        return store.run(correlation).saga
    except UnknownRun:
        return None


def _set_aside(source: Source, message: Message, reason: str) -> None:
    longest = conf.current().payload_limit + ENVELOPE
    if unreadable.set_aside(source.name, message.body, message.headers, message.place, reason, longest=longest):
        often.warning("Source '%s': a message was set aside. %s", source.name, reason)
