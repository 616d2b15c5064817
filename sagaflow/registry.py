"""The registry of a process: its actions with their code, its definitions, and the subscribers to their events.

Each app's ``sagas.py`` fills it. Importing this module imports no Django.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, Unpack

from sagaflow.actions import Action, BadAction, Description, HttpCall, Options
from sagaflow.core.definition import kinds
from sagaflow.core.definition.fields import EVENT, NAME
from sagaflow.core.definition.saga import Saga, StepKind
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.definition.work import NO_WORK
from sagaflow.core.errors import SagaflowError
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Context
from sagaflow.core.run.skills import child_of
from sagaflow.core.suggestions import did_you_mean
from sagaflow.sources.source import Source

__all__ = [
    "Action",
    "BadAction",
    "HttpCall",
    "UnknownAction",
    "UnknownSaga",
    "action",
    "actions",
    "add",
    "databases",
    "find_action",
    "get_action",
    "get_saga",
    "http_action",
    "known",
    "names",
    "provide",
    "register",
    "sagas",
    "source_of",
    "standing_in",
    "step_kind",
    "subscribe",
    "subscribers",
    "two_sources",
]

Function = Callable[[Context], Any]
Kind = TypeVar("Kind", bound=StepKind)

LONGEST_NAME = 64
"""The most characters of the name of a subscriber, which is in each row of the outbox for it."""
RESOLVING = 20.0
"""Additional seconds for the lookup of a participant's address."""


class UnknownSaga(SagaflowError):
    """No definition is registered under the name."""


class UnknownAction(SagaflowError):
    """No action is registered under the name."""


_actions: dict[str, Action] = {}
_sources: dict[str, Source] = {}
_sagas: dict[str, Saga] = {}
_subscribers: dict[str, Subscriber] = {}
_web_names: set[str] = set()
"""The names of sagas that were published on the web, among those that this process has seen."""
_newest: Callable[[str], Saga | None] | None = None
_published: Callable[[], Iterable[Saga]] | None = None


def action(name: str, **options: Unpack[Options]) -> Callable[[Function], Function]:
    """Register a function that takes a Context and returns the step's output: JSON, or ``Accepted()``.

    The options are those of :class:`Action`.

    Raises:
        BadAction: the name is not ``service.verb`` or is taken, or the options exclude each other.
    """

    def registered(function: Function) -> Function:
        add(Action(name=name, does=function, **options))
        return function

    return registered


def http_action(
    name: str,
    *,
    connection: str,
    path: str,
    method: str = "POST",
    callback: bool = False,
    timeout: float = 10.0,
    probe: str | None = None,
    **described: Unpack[Description],
) -> Action:
    """Register an action that a participant behind HTTP performs; see ``participants/http.py`` for the request.

    Raises:
        BadAction: as for ``action``, or method, path, probe or timeout cannot be used.
    """
    call = HttpCall(connection=connection, path=path, method=method, callback=callback, timeout=timeout)
    return add(Action(name=name, does=call, kind="http", lease=timeout + RESOLVING, probe=probe, **described))


def step_kind(
    *, transactional: bool = False, database: str | None = None, lease: float | None = None
) -> Callable[[type[Kind]], type[Kind]]:
    """Register a kind of step: a subclass of :class:`sagaflow.StepKind`, a frozen dataclass with ``perform(context)``.

    A worker carries it out as the action ``<key>.perform``, whose options are those of :class:`Action`. Definitions in
    Python use the class, documents its key.

    Raises:
        BadKind: the class is not such a dataclass, or its key is taken.
    """

    def registered(kind: type[Kind]) -> type[Kind]:
        kinds.add(kind)
        options: dict[str, Any] = {"transactional": transactional, "database": database, "lease": lease}
        add(Action(name=f"{kind.key}.perform", does=_perform, **options))
        return kind

    return registered


def subscribe(
    *events: str,
    saga: str | Iterable[str],
    team: str = "",
    name: str = "",
    database: str | None = None,
) -> Callable[[Function], Function]:
    """Register a function that gets these events of another team's saga; see ``Observer`` for the definition's own.

    The saga does not change: neither its file nor its digest. The function gets events of running runs too. Its result
    is not stored, and its errors never affect the run. Its context is that of an observer's action.

    Args:
        events: their names, one or more.
        saga: the name of the saga, or several names.
        team: the responsible team, which the picture of the saga shows.
        name: ``service.verb``, 64 characters at most; workers of that service run it. Default: the folder of the
            module, then the function, such as ``newsletter.add_reader``.
        database: as for ``action``: with the barrier there, the effect happens once, however often the event comes.

    Raises:
        BadAction: there is no event or no saga, or the name is taken or cannot be used.
    """
    listened_to = (saga,) if isinstance(saga, str) else tuple(saga)
    _check_subscription(events, listened_to)

    def registered(function: Function) -> Function:
        chosen = name or _default_name(function)
        _check_subscriber(chosen)
        app = _app_of(getattr(function, "__module__", None) or "")
        new = Subscriber(name=chosen, sagas=listened_to, on=events, team=team, app=app)
        add(Action(name=chosen, does=function, database=database))
        _subscribers[chosen] = new
        return function

    return registered


def _check_subscription(events: tuple[object, ...], listened_to: tuple[str, ...]) -> None:
    if not events or not all(isinstance(event, str) and EVENT.fullmatch(event) for event in events):
        raise BadAction(
            f"@subscribe got {', '.join(map(repr, events)) or 'nothing'} for the events; name at least one, such as "
            '@subscribe("CustomerCreated", saga="create-customer").'
        )
    if not listened_to:
        raise BadAction(f'@subscribe("{events[0]}") names no saga; give its name, such as saga="create-customer".')


def _check_subscriber(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise BadAction(
            f"The subscriber '{name}' has a name of {len(name)} characters; give one of {LONGEST_NAME} at most "
            "with `name`."
        )
    if name in _actions:
        what = "subscriber" if name in _subscribers else "action"
        raise BadAction(
            f"The subscriber '{name}' has the name of another {what}; give it another with `name`, or import its "
            "module only once."
        )


def _perform(context: Context) -> Json:
    if context.work is NO_WORK:
        raise BadAction("The action of a kind of step is called for steps of that kind only.")
    return context.work.perform(context)


def add(new: Action) -> Action:
    """Register an action of any kind.

    Raises:
        BadAction: the name is taken.
    """
    if new.name in _actions:
        raise BadAction(f"The action '{new.name}' is registered twice; rename one, or import its module only once.")
    _actions[new.name] = new
    return new


def register(saga: Saga, *, replace: bool = False, source: Source | None = None) -> Saga:
    """Use ``saga`` as the definition for new runs of its name. Running runs keep their definition.

    Raises:
        BadAction: another definition has the name, and ``replace`` is not set; or the name has another source.
    """
    source = source or Source(module=_caller())
    known = _sources.get(saga.name)
    if not replace and saga.name in _sagas:
        if known and (known.path or source.path) and known != source:
            raise BadAction(f"The saga '{saga.name}' has two sources: {known} and {source}; remove one of them.")
        if _sagas[saga.name].digest != saga.digest:
            raise BadAction(f"The saga '{saga.name}' is registered twice with different content; rename one of them.")
    _sagas[saga.name], _sources[saga.name] = saga, source
    return saga


def _caller() -> str:
    """Return the module that calls the function which calls this one."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame else None
    return str(frame.f_globals.get("__name__", "")) if frame else ""


def provide(newest: Callable[[str], Saga | None], published: Callable[[], Iterable[Saga]]) -> None:
    """Take sagas that were published on the web from the database: the newest of a name, and the newest of each name.

    They are asked for only when a name is neither in code nor in a file, so that code and files always win.
    """
    global _newest, _published
    _newest, _published = newest, published


def source_of(name: str) -> Source:
    """Return the place where the definition of that name is written."""
    return _sources.get(name, Source(web=name in _web_names))


def two_sources(name: str) -> str:
    """Return the sentence about a registered saga whose name was published on the web, too."""
    return (
        f"The saga '{name}' has two sources: {source_of(name)}, and the database, where it was published on the web. "
        "New runs use the first one."
    )


def get_saga(name: str, among: Iterable[Saga] | None = None) -> Saga:
    """Return the newest definition of that name; ``among``: other sagas are not even suggested.

    Raises:
        UnknownSaga: there is none; the message lists similar names.
    """
    known = _sagas if among is None else {saga.name: saga for saga in among}
    if name in known:
        return known[name]
    if among is None and _newest and NAME.fullmatch(name) and (found := _newest(name)):
        _web_names.add(name)
        return found
    remedy = "Register it in the sagas.py of an app in INSTALLED_APPS."
    raise UnknownSaga(f"There is no saga '{name}'.{_close(name, known)} {remedy}")


def sagas(*, web: bool = False) -> tuple[Saga, ...]:
    """Return every registered definition, sorted by name; ``web``: also those in the database, with a query."""
    found = {saga.name: saga for saga in _published()} if web and _published else {}
    _web_names.update(found)
    found |= _sagas
    return tuple(found[name] for name in sorted(found))


def names() -> tuple[str, ...]:
    """Return the names of the definitions in code and files, in the order in which the apps register them."""
    return tuple(_sagas)


def get_action(name: str) -> Action:
    """Return the action of that name.

    Raises:
        UnknownAction: there is none; the message lists similar names.
    """
    if name in _actions:
        return _actions[name]
    remedy = "Register it with @action in a sagas.py that this process imports, or let its worker serve other services."
    raise UnknownAction(f"There is no action '{name}' in this process.{_close(name, _actions)} {remedy}")


def find_action(name: str) -> Action | None:
    """Return the action of that name, or ``None`` if this process has none."""
    return _actions.get(name)


def actions() -> tuple[Action, ...]:
    """Return every registered action, sorted by name."""
    return tuple(_actions[name] for name in sorted(_actions))


def subscribers(saga: str = "") -> tuple[Subscriber, ...]:
    """Return every subscriber with registered code, sorted by name; ``saga``: only the subscribers to this saga."""
    callable_ones = (_subscribers[name] for name in sorted(_subscribers) if name in _actions)
    return tuple(subscriber for subscriber in callable_ones if not saga or saga in subscriber.sagas)


def databases() -> tuple[str, ...]:
    """Return the databases with tables of Sagaflow: the one of the runs, and the ones that registered actions name.

    Sagaflow neither migrates nor checks any other database. An alias that is not in the settings is left out: its
    actions are refused when they are performed.
    """
    from django.db import connections

    named = {action.database for action in _actions.values() if action.database in connections.settings}
    return ("default", *sorted(named - {"default"}))


def known() -> frozenset[str]:
    """Return the names of the actions of this process, and of the sub-sagas that it can start."""
    return frozenset(_actions) | {child_of(name) for name in (*_sagas, *_web_names)}


@contextmanager
def standing_in(*things: Action | Saga | Subscriber) -> Iterator[None]:
    """Replace what is registered with these names inside the ``with`` block, for tests and demonstrations."""
    places: list[tuple[dict[str, Any], str, Any]] = []
    for thing in things:
        known: dict[str, Any] = _place_of(thing)
        places.append((known, thing.name, known.get(thing.name)))
        known[thing.name] = thing
    try:
        yield
    finally:
        for known, name, before in reversed(places):
            if before is None:
                del known[name]
            else:
                known[name] = before


def _place_of(thing: Action | Saga | Subscriber) -> dict[str, Json]:
    match thing:
        case Saga():
            return _sagas
        case Subscriber():
            return _subscribers
        case Action():
            return _actions


def _default_name(function: Function) -> str:
    """Return the default name of a subscriber: ``newsletter.add_reader`` for one in ``shop.newsletter.sagas``."""
    module, own = (getattr(function, attribute, None) for attribute in ("__module__", "__name__"))
    if not module or not own:
        raise BadAction(f"The subscriber {function!r} has no name of its own; give it one with `name`.")
    package, _, last = module.rpartition(".")
    return f"{(package or last).rpartition('.')[2]}.{own}"


def _app_of(module: str) -> str:
    """Return the installed app that the module belongs to; empty: none, or the apps are not loaded yet."""
    from django.apps import apps

    app = apps.get_containing_app_config(module) if apps.apps_ready else None
    return app.name if app else ""


def _close(name: str, known: Iterable[str]) -> str:
    question = did_you_mean(name, known)
    return f" D{question[1:]}" if question else ""
