"""The system checks: each finds its fault, reports nothing without it, and offers a remedy."""

import copy
import sys

import pytest
from django.core.checks import run_checks
from django.db import connections

from designer import checks as pages
from sagaflow import Saga, Step, checks, orchestrated, registry
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.source_settings import SCHEMES


def ids(found) -> list[str]:
    assert all(message.hint for message in found)
    return [message.id for message in found]


@pytest.fixture
def nothing_registered(monkeypatch):
    """Other tests of this process have registered sagas of their own; `make lint` checks those of the site."""
    for names in ("_actions", "_sagas"):
        monkeypatch.setattr(registry, names, {})


def test_the_site_as_it_is_has_nothing_to_complain_about(nothing_registered):
    assert run_checks() == []


def test_unknown_keys_and_bad_values_are_reported_one_by_one(settings):
    settings.SAGAFLOW = {"LEASE_SECONDS": 0, "EVENT_TTL": -1}
    assert ids(checks.settings.settings_are_valid()) == ["sagaflow.E001", "sagaflow.E001"]
    settings.SAGAFLOW = {"LEES_SECONDS": 30}
    assert "LEES_SECONDS" in checks.settings.settings_are_valid()[0].msg


@pytest.mark.parametrize(("scheme", "client"), [("nats", "nats"), ("amqp", "pika"), ("redis", "redis")])
def test_a_source_whose_client_is_not_installed_is_an_error_with_the_name_of_its_extra(
    settings, monkeypatch, scheme, client
):
    source = {"url": f"{scheme}://broker.example"} | dict.fromkeys(SCHEMES[scheme].needs, "shop")
    settings.SAGAFLOW = {"SOURCES": {"shop": source}}
    assert checks.settings.sources_have_clients() == []
    for name in [name for name in sys.modules if name.split(".")[0] == client]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, client, None)
    monkeypatch.delitem(sys.modules, SCHEMES[scheme].module, raising=False)
    [found] = checks.settings.sources_have_clients()
    assert (found.id, "'shop'" in found.msg, client in found.msg) == ("sagaflow.E013", True, True)
    assert found.hint.endswith(f"`pip install django-sagaflow[{SCHEMES[scheme].extra}]`.")


def test_deferred_sqlite_is_an_error_where_tables_of_sagaflow_lie_and_nowhere_else(monkeypatch):
    monkeypatch.setitem(connections.settings, "legacy", {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}})
    assert checks.databases.sqlite_begins_immediately() == []
    monkeypatch.setitem(connections.settings, "default", {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}})
    monkeypatch.delitem(connections.settings, "participant")
    found = checks.databases.sqlite_begins_immediately()
    assert ids(found) == ["sagaflow.E002"]
    assert '"default"' in found[0].msg


def test_the_middleware_of_django_that_asks_for_a_login_is_warned_of_where_the_api_is(settings):
    assert checks.site.api_answers_programs() == []
    own = "sagaflow.api.login.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [checks.site.LOGIN_REQUIRED if name == own else name for name in settings.MIDDLEWARE]
    assert ids(checks.site.api_answers_programs()) == ["sagaflow.W005"]
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    assert checks.site.api_answers_programs() == []
    del settings.ROOT_URLCONF
    assert checks.site.api_answers_programs() == []


@pytest.mark.parametrize(
    ("broker", "layer", "expected"),
    [
        ("embedded", "channels.layers.InMemoryChannelLayer", []),
        ("redis://localhost", "channels_redis.pubsub.RedisPubSubChannelLayer", []),
        ("redis://localhost", "channels.layers.InMemoryChannelLayer", ["sagaflow.W001"]),
        ("amqp://localhost", "channels.layers.InMemoryChannelLayer", ["sagaflow.W001"]),
    ],
)
def test_a_channel_layer_in_memory_warns_beside_workers_of_their_own(settings, broker, layer, expected):
    settings.SAGAFLOW = copy.copy(settings.SAGAFLOW) | {"BROKER_URL": broker}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": layer}}
    assert ids(checks.site.live_views_hear_every_process()) == expected


def test_pages_without_their_templates_are_an_error(settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    assert ids(pages.templates_are_found()) == ["sagaflow.E004"]


def test_names_that_no_code_provides_are_told_without_the_database(nothing_registered):
    broken = Saga("misspelt", orchestrated("main", Step("pay", "till2.tke")))
    take = registry.Action(name="till2.take", does=print)
    with registry.standing_in(broken, take):
        [found] = checks.definitions.names_are_known()
    assert ids([found]) == ["sagaflow.W002"]
    assert found.msg == (
        "Saga 'misspelt', segments/main/steps/pay: it calls the action 'till2.tke', which is not registered; "
        "did you mean 'till2.take'? Otherwise register it with @action, or correct the name."
    )
    assert checks.definitions.names_are_known() == []


PARCEL = Saga("parcel", orchestrated("main", Step("pack", "box.pack", emits="Packed"), Step("label", "box.label")))


@pytest.mark.parametrize(
    ("saga", "event", "why"),
    [
        ("parcel", "Packed", ""),
        ("parcel", "SagaRolledBack", ""),
        ("parcels", "Packed", "saga 'parcels' does not exist; did you mean 'parcel'?"),
        ("nonsense", "Packed", "saga 'nonsense' does not exist."),
        ("parcel", "Paked", "saga 'parcel' has no event 'Paked'; did you mean 'Packed'?"),
        (
            "parcel",
            "LabelCompleted",
            "saga 'parcel' does not publish 'LabelCompleted': its step is orchestrated, and the event has no name.",
        ),
    ],
)
def test_a_subscriber_that_cannot_hear_is_an_error_with_names_that_are_close(nothing_registered, saga, event, why):
    listener = Subscriber(name="news.tell", sagas=(saga,), on=(event,))
    with registry.standing_in(PARCEL, registry.Action(name="news.tell", does=print), listener):
        found = checks.definitions.subscribers_can_hear()
    assert [error.msg for error in found] == ([f"The subscriber 'news.tell' misses events: {why}"] if why else [])
    assert ids(found) == ["sagaflow.E008"] * len(found)


def test_where_no_definition_is_registered_none_can_be_unknown(nothing_registered):
    listener = Subscriber(name="news.tell", sagas=("parcel",), on=("Packed",))
    with registry.standing_in(registry.Action(name="news.tell", does=print), listener):
        assert checks.definitions.subscribers_can_hear() == []


def test_times_without_their_zone_are_an_error_before_the_first_run(settings):
    assert checks.settings.times_are_aware() == []
    settings.USE_TZ = False
    [found] = checks.settings.times_are_aware()
    assert ids([found]) == ["sagaflow.E007"]
    assert "USE_TZ = True" in found.hint


LOCAL, SHARED = "django.core.cache.backends.locmem.LocMemCache", "django.core.cache.backends.redis.RedisCache"


@pytest.mark.parametrize(
    ("broker", "backend", "expected"),
    [
        ("embedded", LOCAL, []),
        ("redis://localhost", LOCAL, ["sagaflow.W006"]),
        ("amqp://localhost", "django.core.cache.backends.dummy.DummyCache", ["sagaflow.W006"]),
        ("redis://localhost", SHARED, []),
    ],
)
def test_limits_that_each_process_counts_alone_are_told(settings, broker, backend, expected):
    settings.SAGAFLOW = {**settings.SAGAFLOW, "BROKER_URL": broker}
    settings.CACHES = {"default": {"BACKEND": backend}}
    found = checks.site.limits_hold_for_all_processes()
    assert ids(found) == expected
    assert all("CACHE_URL" in each.hint for each in found)
