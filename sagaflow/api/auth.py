"""The user of a request, from a session (with its CSRF token) or an API token, and the permissions of that user."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from sagaflow import access
from sagaflow.api.limits import Attempts
from sagaflow.api.problems import Problem
from sagaflow.core.definition.saga import Saga
from sagaflow.store.runs.run_line import RunLine
from sagaflow.store.tokens import holder

__all__ = ["Session", "Token", "require", "require_run", "require_saga"]


class Token(HttpBearer):
    """An API token, which an administrator created in the admin. It acts as its user."""

    def authenticate(self, request: HttpRequest, token: str) -> AbstractUser | None:
        attempts = Attempts(request, "token")
        attempts.begin()
        user = holder(token)
        if user is not None:
            attempts.give_back()
            request.user = user
        return user


class Session(APIKeyCookie):
    """The session of a user who is logged in on a page of this site."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        return request.COOKIES.get(self.param_name)

    def authenticate(self, request: HttpRequest, key: str | None) -> AbstractUser | None:  # noqa: ARG002 - the middleware read it
        if not request.user.is_authenticated:
            return None
        if check_csrf(request):
            detail = "The CSRF token is missing or wrong; send it in the header X-CSRFToken, or use an API token."
            raise Problem(403, "csrf", detail)
        return request.user


def require(request: HttpRequest, permission: str, saga: Saga | None = None) -> None:
    """Check that the user has a permission, and with ``saga`` that the scopes of the user cover that saga.

    Raises:
        Problem: 403, with the name of the permission.
    """
    if why := access.why_not(request.user, permission, saga):
        raise Problem(403, "forbidden", why)


def require_run(request: HttpRequest, permission: str, run_id: str) -> tuple[RunLine, Saga]:
    """Check that the user has a permission on a run, and return the columns and the definition of the run.

    Raises:
        Problem: 403, the user may see the run and do nothing else with it.
        UnknownRun: the run does not exist, or the user may not see it.
    """
    require(request, permission)
    row, saga = access.run(request.user, run_id, permission)
    require(request, permission, saga)
    return row, saga


def require_saga(request: HttpRequest, permission: str, name: str) -> Saga:
    """Check that the user has a permission on a registered saga, and return the saga.

    Raises:
        Problem: 403, the user may see the saga and do nothing else with it.
        UnknownSaga: the saga does not exist, or the user may not see it.
    """
    require(request, permission)
    saga = access.saga(request.user, name, permission, "view_run")
    require(request, permission, saga)
    return saga
