"""Each role requests each address of the site and each socket, and the outcome is the one in the table."""

import copy
import re
import uuid

import pytest
from django.db import transaction

from tests.access.addresses import address, family, sockets, urls
from tests.access.asking import ask, body_of, outcome, written
from tests.access.sagas import OLDER, PARCEL
from tests.access.table import OUTCOMES, SOCKETS
from tests.access.world import ROLES, client_of

pytestmark = [pytest.mark.one_database, pytest.mark.django_db(databases="__all__")]

SHUT = {"405", "login"}
"""The answer to a method that has no line in the table."""
BLIND = ("anon", "none", "else", "clerk", "branch")
"""The roles to whom no answer may reveal that parcels exist."""
TRIES = {"readyz/"}
"""Addresses that write in order to test that the database is writable; the role did not ask for that."""
OPEN = {"healthz/", "readyz/", "accounts/login/", "admin/login/", "favicon.ico"}
"""The icon is a redirect to a static file."""


@pytest.fixture
def asking(world):
    """``asking(client)``: route, method, path, answer and what was written; then all is as it was before."""

    def asking(client, methods=("GET", "POST"), routes=None):
        cookies = copy.deepcopy(client.cookies)
        for route in urls() if routes is None else routes:
            path = address(route, world)
            for method in methods:
                client.cookies = copy.deepcopy(cookies)
                with transaction.atomic(), written() as changes:
                    answer = ask(client, method, route, path, world)
                    yield route, method, path, answer, changes
                    transaction.set_rollback(True)

    return asking


def test_the_table_has_every_address_and_no_other():
    known, found = {route for _, route in OUTCOMES}, {family(route) for route in urls()}
    assert sorted(found - known) == [], "say in tests/access/table.py who may open it"
    assert sorted(known - found) == [], "there is no such address"


def test_the_table_has_every_socket_and_no_other():
    assert set(sockets()) == set(SOCKETS), "say in tests/access/table.py who may open it"


def test_only_the_health_page_and_the_login_open_without_one():
    assert {route for (_, route), outcomes in OUTCOMES.items() if outcomes["anon"] == "in"} == OPEN


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_table_says_and_nothing_else(asking, world, role):
    faults = []
    for route, method, path, answer, changes in asking(client_of(role)):
        line, found = OUTCOMES.get((method, family(route))), outcome(answer)
        if not (found == line[role] if line else found in SHUT):
            faults.append(f"{method} {path}: {found}, not {line[role] if line else SHUT}")
        if changes and (found != "in" or method == "GET") and route not in TRIES:
            faults.append(f"{method} {path} wrote {changes[0][:80]}")
        if role in BLIND and (told := _told(answer, path + str(body_of(route, world)), world)):
            faults.append(f"{method} {path} tells of {told}")
    assert not faults, "\n".join(faults)


def test_no_form_is_taken_without_its_token(asking):
    client, faults = client_of("root", enforce_csrf_checks=True), []
    for route, method, path, answer, changes in asking(client, ("POST",), _of_ours()):
        if outcome(answer) not in ("403", "404", "405") or changes:
            faults.append(f"{method} {path}: {outcome(answer)} for {route}")
    assert not faults, "\n".join(faults)


def test_no_other_method_changes_anything(asking):
    methods = ("PUT", "PATCH", "DELETE")
    asked = asking(client_of("root"), methods, _of_ours())
    faults = [f"{method} {path} wrote {changes[0][:80]}" for _, method, path, _, changes in asked if changes]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", ["else", "branch"])
def test_what_somebody_may_not_see_answers_as_what_does_not_exist(world, role):
    """Compare status and text, so that a caller cannot find out by trying."""
    client, compared = client_of(role), 0
    never = copy.copy(world)
    never.parked, never.repair, never.request = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    for route in (each for each in urls() if not each.startswith("admin/")):
        hidden, nothing = address(route, world), address(route, never).replace("access_parcel", "access_nothing")
        nothing = nothing.replace(OLDER.digest, "0" * 64).replace(PARCEL.digest, "1" * 64)
        for method in ("GET", "POST"):
            if hidden == nothing or (method, family(route)) not in OUTCOMES:
                continue
            pairs = ((hidden, world), (nothing, never))
            told = [_text(ask(client, method, route, path, each), each) for path, each in pairs]
            assert told[0] == told[1], f"{method} {hidden}"
            compared += 1
    assert compared > 15


def _told(answer, asked, world):
    """Everything that the answer says about parcels and that was not part of the request."""
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
    return [word for word in world.canaries if word in text and word not in asked]


def _text(answer, world):
    """Status and text of the answer, without the words of the request and the token of the logout form."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    text = text.replace(world.parked, "ID").replace(world.repair[:8], "ID").replace(world.request, "ID")
    return answer.status_code, text.replace("access_parcel", "NAME").replace("access_nothing", "NAME")


def _of_ours():
    return [route for route in urls() if not family(route).startswith("admin/EXAMPLE")]
