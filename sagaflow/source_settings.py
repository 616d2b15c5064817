"""The sources of the setting SOURCES: the streams of brokers from which events are heard.

An instance of ``Source`` is valid. ``faults`` returns a sentence about each fault of the whole setting.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sagaflow.core.definition.condition import pointer_faults
from sagaflow.core.definition.fields import EVENT

__all__ = ["SCHEMES", "ClientKind", "Source", "faults"]


class ClientKind(NamedTuple):
    """A kind of broker with events: its module and class, its extra, and the keys that only its sources have."""

    module: str
    name: str
    extra: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


NATS = ClientKind("sagaflow.transport.streams.nats", "NatsStream", "nats", needs=("topic",), may=("stream",))
RABBITMQ = ClientKind("sagaflow.transport.streams.rabbitmq", "RabbitmqStream", "rabbitmq", needs=("exchange", "topic"))
REDIS = ClientKind("sagaflow.transport.streams.redis", "RedisStream", "redis", needs=("topic",), may=("field",))
SCHEMES = {"nats": NATS, "tls": NATS, "amqp": RABBITMQ, "amqps": RABBITMQ, "redis": REDIS, "rediss": REDIS}
"""The kind of client for each scheme of the URL of a source."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""The form of the name of a source and of a group: brokers build the names of consumers and queues from them."""
REFERENCE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
PLACES = ("event", "id", "data", "correlation", "source")
"""The parts of an event whose place in a message ``message`` can give."""
FIXED = ("event", "source")
"""The parts that can be a fixed text instead."""
PRINTABLE = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A stream of a broker from which events are heard."""

    name: str
    url: str
    topic: str = ""
    """NATS: the subject, with wildcards; RabbitMQ: the binding key; Redis: the key of the stream."""
    stream: str = ""
    """NATS: the name of the stream; empty: the one that stores the subject."""
    exchange: str = ""
    """RabbitMQ: the topic exchange."""
    field: str = "event"
    """Redis: the field of an entry that has the event as JSON."""
    group: str = "sagaflow"
    """The listeners with the same group share the messages. The broker remembers what a group has heard."""
    saga: str = ""
    """The only saga that gets the events; empty: all."""
    events: tuple[str, ...] = ()
    """The only events that are taken; empty: all that a saga knows."""
    user: str = ""
    secret: str = ""
    """The name of the secret with the password, or with the token of NATS if there is no user."""
    message: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Part of the event → JSON pointer into the message, or a fixed text; empty: the messages are CloudEvents."""

    @property
    def kind(self) -> ClientKind:
        """Return the kind of its broker."""
        return SCHEMES[urlsplit(self.url).scheme]

    @property
    def address(self) -> str:
        """Return the URL without a user, for logs and pages."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


KEYS = tuple(each.name for each in fields(Source) if each.name != "name")
OF_A_KIND = ("topic", "stream", "exchange", "field")


def faults(sources: object) -> list[str]:
    """Return a sentence without its full stop about each fault of the setting SOURCES."""
    if not isinstance(sources, Mapping):
        return [f"SOURCES is a {type(sources).__name__}, but it must be a dictionary of a dictionary for each source"]
    return [fault for name, options in sources.items() for fault in _of_source(name, options)]


def _of_source(name: object, options: object) -> Iterator[str]:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield f"the source {str(name)[:40]!r} needs a name of letters, digits, - or _ (32 at most)"
        return
    source = f"the source '{name}'"
    if not isinstance(options, Mapping):
        yield f"{source} is a {type(options).__name__}, but it must be a dictionary with the key 'url'"
        return
    if unknown := sorted(str(key) for key in options if key not in KEYS):
        yield f"{source} has the key '{unknown[0][:40]}', which does not exist (known are {', '.join(KEYS)})"
    yield from (f"{source} {fault}" for key, value in options.items() for fault in _of_value(str(key), value))
    yield from (f"{source} {fault}" for fault in _of_url(options.get("url")))
    kind = SCHEMES.get(urlsplit(str(options.get("url"))).scheme)
    if kind is not None:
        yield from (f"{source} {fault}" for fault in _of_kind(kind, options))


def _of_url(url: object) -> Iterator[str]:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
        yield f"needs a 'url' with a host and one of the schemes {', '.join(SCHEMES)}"
    elif parts.password is not None:
        yield (
            "has a password in its 'url'; set the variable SAGAFLOW_SECRET_NAME to the password, "
            'and write "secret": "NAME" instead'
        )


def _of_kind(kind: ClientKind, options: Mapping[str, Any]) -> Iterator[str]:
    for key in kind.needs:
        if not options.get(key):
            yield f"needs the key '{key}'"
    for key in OF_A_KIND:
        if options.get(key) and key not in (*kind.needs, *kind.may):
            yield f"has the key '{key}', which its kind of broker does not know; remove it"


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and (not value or bool(PRINTABLE.fullmatch(value)))


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


PLAIN = (_is_plain, "a text of at most 200 printable characters without spaces")
RULES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys((*OF_A_KIND, "user"), PLAIN),
    "group": (lambda value: _is_text(value, NAME), "letters, digits, - or _ (32 at most)"),
    "saga": (lambda value: isinstance(value, str), "the name of a saga"),
    "secret": (lambda value: _is_text(value, REFERENCE), "the name of a secret in capitals, such as NATS_PASSWORD"),
    "events": (_is_list, "a list of names of events"),
}


def _is_text(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and bool(form.fullmatch(value))


def _of_value(key: str, value: object) -> Iterator[str]:
    if key == "message":
        yield from _of_message(value)
    elif key in RULES and not RULES[key][0](value):  # the value is not shown: it may be a secret in the wrong place
        yield f"has at '{key}' a value that must be {RULES[key][1]}"


def _of_message(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield 'has at \'message\' a value that must be a dictionary such as {"event": "/type", "id": "/id"}'
        return
    if value and not {"event", "id"} <= set(value):
        yield "needs 'event' and 'id' in 'message', which say where a message has its type and its ID"
    for part, place in value.items():
        if part not in PLACES:
            yield f"has '{str(part)[:40]}' in 'message', which does not exist (known are {', '.join(PLACES)})"
        elif part in FIXED and isinstance(place, str) and place and not place.startswith("/"):
            if part == "event" and not EVENT.fullmatch(place):
                yield f"has as 'event' in 'message' the text '{place[:40]}', which is not a valid name of an event"
        elif found := pointer_faults(place):
            yield f"has a fault at '{part}' in 'message': {found[0]}"
