"""Tells a load balancer whether this process can serve: the databases answer and no migration is outstanding."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@never_cache
@require_safe
def healthz(_: HttpRequest) -> JsonResponse:
    """200 with every database "ok", or 503 with what is wrong; no details, because anybody may ask."""
    states = {alias: state_of(connections[alias]) for alias in connections}
    return JsonResponse(states, status=200 if set(states.values()) == {"ok"} else 503)


def state_of(connection: BaseDatabaseWrapper) -> str:
    """Whether the database answers and knows every migration."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unreachable"
    return "migrations outstanding" if plan else "ok"
