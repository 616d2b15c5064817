"""The users of all tests and their clients, built in one place; `tests/access/world.py` adds scopes and API tokens."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client


def user_of(name, *permissions, groups=None, staff=False, root=False):
    """The user of that name, with exactly these permissions of Sagaflow; its groups stay unless they are given."""
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": staff, "is_superuser": root})
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="sagaflow", codename__in=permissions))
    if groups is not None:
        user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user


def client_as(user, **options):
    """A client that is logged in as the user."""
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def person(db):
    """``person("view_run")``: the client of the user vera, who has these permissions only."""

    def person(*permissions, name="vera", **more):
        return client_as(user_of(name, *permissions, **more))

    return person


@pytest.fixture
def boss(db):
    """The client of a superuser."""
    return client_as(user_of("boss", staff=True, root=True))
