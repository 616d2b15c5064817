"""Names lead to code and definitions, or to an error that suggests similar names."""

import pytest

from sagaflow import registry
from sagaflow.core.definition.saga import Saga, orchestrated
from sagaflow.registry import Action, BadAction, UnknownAction
from tests.engine.sagas import plain, step


def test_an_unknown_action_lists_those_that_are_close():
    with pytest.raises(UnknownAction, match=r"Did you mean 'plain\.do'"):
        registry.get_action("plan.do")


def test_an_action_cannot_be_registered_twice():
    with pytest.raises(BadAction, match=r"'plain\.do' is registered twice"):
        registry.action("plain.do")(plain)


@pytest.mark.parametrize("name", ["plain", "plain.", ".do", "plain do.x", ""])
def test_the_name_of_an_action_is_service_and_verb(name):
    with pytest.raises(BadAction, match=r"service\.verb"):
        registry.action(name)(plain)


def test_transactional_and_another_database_exclude_each_other():
    with pytest.raises(BadAction, match="Give one of the two"):
        Action(name="x.y", does=plain, transactional=True, database="participant")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, "60"])
def test_the_time_limit_of_an_action_is_a_number_of_seconds(timeout):
    with pytest.raises(BadAction, match=r"The timeout of action 'plain\.new' is .*; give seconds above 0"):
        Action(name="plain.new", does=print, timeout=timeout)


def test_the_options_of_an_action_are_kept():
    exact, depot = registry.get_action("exact.do"), registry.get_action("depot.do")
    assert (exact.transactional, exact.database, exact.service) == (True, None, "exact")
    assert (depot.transactional, depot.database) == (False, "participant")
    assert exact in registry.actions()


def test_another_saga_of_a_name_that_is_taken_is_an_error():
    with pytest.raises(BadAction, match="registered twice with different content"):
        registry.register(Saga("five", orchestrated("main", step("other"))))


def test_the_same_saga_may_be_registered_again():
    assert registry.register(registry.get_saga("five")) in registry.sagas()
