"""A project may have its own user model: without `username`, and with fields that only the project knows."""

import pytest
from django.contrib import admin
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import validate_email
from django.db import models
from django.test.utils import isolate_apps

from sagaflow.admin import tokens
from sagaflow.models import ApiToken
from sagaflow.processes import embedded


@pytest.fixture
def own_model(monkeypatch):
    """``own_model("email")``: replaces Django's user model by one whose users log in with their email address."""

    def own_model(*required):
        with isolate_apps("sagaflow"):

            class Person(AbstractBaseUser):
                email = models.EmailField(unique=True)
                nickname = models.CharField(max_length=20)
                born = models.DateField()
                USERNAME_FIELD = "email"
                REQUIRED_FIELDS = list(required)

                class Meta:
                    app_label = "people"

        for module in (tokens, embedded):
            monkeypatch.setattr(module, "get_user_model", lambda: Person)
        return Person

    return own_model


def test_tokens_are_searched_by_the_field_that_users_log_in_with(own_model, rf):
    searched = tokens.ApiTokenAdmin(ApiToken, admin.site).get_search_fields
    assert searched(rf.get("/")) == ("name", "user__username")
    own_model()
    assert searched(rf.get("/")) == ("name", "user__email")


def test_the_page_of_tokens_finds_them_by_their_user(boss, recorded):
    assert "1 API token" in boss.get("/admin/sagaflow/apitoken/?q=shop").content.decode()
    assert "0 API tokens" in boss.get("/admin/sagaflow/apitoken/?q=nothing").content.decode()


def test_up_names_its_superuser_by_an_address_where_the_model_wants_one(own_model):
    assert embedded.admin_name() == "admin"
    model = own_model("nickname")
    validate_email(embedded.admin_name())
    assert embedded._required(model) == {"email": embedded.admin_name(), "nickname": "admin"}


def test_up_creates_no_superuser_where_only_the_project_knows_its_fields(own_model):
    own_model("born")
    assert embedded.admin_password() is None


@pytest.mark.django_db
def test_up_creates_its_superuser_once():
    password = embedded.admin_password()
    assert embedded.get_user_model().objects.get(username="admin").check_password(password)
    assert embedded.admin_password() is None
