"""The framework's settings: defaults, one frozen value, and every fault named at once."""

import dataclasses

import pytest

from sagaflow import conf

BAD = [
    ({"BROKER_URL": "kafka://localhost"}, "BROKER_URL is 'kafka://localhost'"),
    ({"BROKER_URL": None}, "BROKER_URL is None"),
    ({"SERVICES": "warehouse"}, "SERVICES is 'warehouse', but it must be None or a tuple of names"),
    ({"SERVICES": ("",)}, "SERVICES is ('',)"),
    ({"LEASE_SECONDS": 0}, "LEASE_SECONDS is 0"),
    ({"LEASE_SECONDS": True}, "LEASE_SECONDS is True"),
    ({"LEASE_SECONDS": float("inf")}, "LEASE_SECONDS is inf"),
    ({"SWEEP_INTERVAL": float("nan")}, "SWEEP_INTERVAL is nan"),
    ({"WORKER_THREADS": 1.5}, "WORKER_THREADS is 1.5"),
    ({"PAYLOAD_LIMIT": -1}, "PAYLOAD_LIMIT is -1"),
    ({"EVENT_TTL": "1 day"}, "EVENT_TTL is '1 day'"),
    ({"OUTPUT_SINKS": ["a.b"]}, "OUTPUT_SINKS is ['a.b']"),
    ({"PUBLIC_URL": "sagas.example.org"}, "PUBLIC_URL is 'sagas.example.org'"),
    ({"PUBLIC_URL": "https://sagas.example.org/"}, "URL without a slash at its end"),
    ({"ANCHOR_INTERVAL": 0}, "ANCHOR_INTERVAL is 0"),
    ({"ANCHOR_TRUSTED_KEYS": ("abc",)}, "ANCHOR_TRUSTED_KEYS is ('abc',)"),
    ({"LEASE": 3}, "there is no key 'LEASE' (known are BROKER_URL, "),
]


def test_nothing_given_means_the_defaults():
    assert conf.Settings.from_mapping({}) == conf.Settings()
    assert conf.Settings().is_embedded


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        conf.Settings().lease_seconds = 1


@pytest.mark.parametrize(("given", "fault"), BAD)
def test_a_fault_names_the_key_the_value_and_the_rule(given, fault):
    with pytest.raises(conf.BadSettings) as caught:
        conf.Settings.from_mapping(given)
    assert fault in str(caught.value)


def test_all_faults_are_named_at_once():
    with pytest.raises(conf.BadSettings) as caught:
        conf.Settings.from_mapping({"LEASE_SECONDS": 0, "EVENT_TTL": 0})
    assert len(caught.value.faults) == 2


def test_a_secret_is_never_shown():
    for given in ({"ANCHOR_KEY": "hunter2"}, {"ANCHOR_KEY": "hunter2" * 9, "LEASE_SECONDS": 0}):
        with pytest.raises(conf.BadSettings) as caught:
            conf.Settings.from_mapping(given)
        assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(conf.Settings(anchor_key="hunter2" * 9))


def test_every_setting_has_a_rule():
    assert set(conf.RULES) == {field.name for field in dataclasses.fields(conf.Settings)}


def test_the_settings_in_force_follow_an_override(settings):
    settings.SAGAFLOW = {"LEASE_SECONDS": 5}
    assert conf.current().lease_seconds == 5
    settings.SAGAFLOW = {"LEASE_SECONDS": 6}
    assert conf.current().lease_seconds == 6
