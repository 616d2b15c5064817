"""Runs inside the site: fills every field that a user, a participant or a publisher can fill. Prints the places."""

import json

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from sagaflow import engine, models, registry, store  # noqa: E402
from sagaflow.core.definition.document import dump  # noqa: E402
from sagaflow.processes import bulk_repair  # noqa: E402
from sagaflow.store import act_requests, bulk_repairs, drafts, unreadable  # noqa: E402
from sagaflow.store.drafts import NewDraft  # noqa: E402
from sagaflow.store.proof import anchors  # noqa: E402
from tests.canaries.markup import canary  # noqa: E402


def settle(run_id: str) -> None:
    while engine.wake(run_id):
        pass


def start(mode: str, *, finish: bool = True) -> str:
    given = {"mode": mode, "note": canary("input.value"), canary("input.key"): 1}
    run = engine.start("nasty", given, by=canary("by"))
    settle(run)
    engine.publish("Heard", run, {"told": canary("payload")}, event_id=canary("event.id"), source=canary("source"))
    settle(run)
    if finish:
        engine.approve(run, "agree", approved=True, by=canary("approval.by"), reason=canary("approval.reason"))
        settle(run)
    return run


def session_of(user: User) -> str:
    session = SessionStore()
    backend = "django.contrib.auth.backends.ModelBackend"
    session.update(
        {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: user.get_session_auth_hash()}
    )
    session.create()
    return session.session_key


def fill() -> dict:
    store.declare(registry.subscribers())
    runs = {mode: start(mode) for mode in ("refused", "stuck", "parked")}
    runs["live"] = start("live", finish=False)
    who = {"by": canary("act.by"), "reason": canary("act.reason")}
    edited = {"mode": "parked", "note": canary("edited")}
    engine.operate(runs["parked"], "retry_with_input", step="end", input=edited, **who)
    settle(runs["parked"])
    skipped = start("parked")
    engine.operate(skipped, "skip", step="end", output=canary("substitute"), **who)
    settle(skipped)
    told = {"by": canary("bulk.by"), "reason": canary("bulk.reason"), "selection": canary("bulk.selection")}
    order = bulk_repairs.Order(verb="retry", step=canary("bulk.step")[-64:], **told)
    repair = bulk_repairs.freeze(order, [(run, engine.state(run)[1].seq) for run in runs.values()])
    bulk_repair.repair_all()
    place, headers = canary("unread.place"), {canary("unread.name"): canary("unread.header")}
    unread = canary("unread.body").encode()
    unreadable.set_aside(canary("unread.source")[-32:], unread, headers, place, canary("unread.reason"), longest=9_999)
    engine.publish("Stray", canary("stray.id"), canary("stray.payload"), event_id="1", source=canary("stray.source"))
    anchors.write_all()
    group = Group.objects.create(name=canary("group"))
    user = User.objects.create_superuser(canary("username"))
    user.groups.add(group)
    models.Scope.objects.create(group=group, saga="nasty")
    models.SavedView.objects.create(name=canary("view")[-60:], query=canary("query"), group=group, by="nasty")
    token = models.ApiToken(name=canary("token")[-64:], user=user, sagas=canary("token.sagas"))
    token.renew()
    token.save()
    digest = models.Definition.objects.get(name="nasty").digest
    rows = {
        model: [str(pk) for pk in getattr(models, name).objects.order_by("-pk").values_list("pk", flat=True)[:25]]
        for name in models.__all__
        if name not in ("triggers", "SearchValue", "Barrier", "CallbackToken")
        for model in [name.lower()]
    }
    words = {"by": canary("asked.by"), "reason": canary("asked.reason"), "value": json.dumps(canary("asked.value"))}
    asked = act_requests.add(act_requests.NewRequest(verb="skip", step="end", run_id=skipped, **words))
    draft = drafts.create(
        NewDraft(saga="nasty", source="code", document=dump(registry.get_saga("nasty"))), canary("by")
    )
    return {
        "draft": str(draft.id),
        "runs": runs | {"skipped": skipped},
        "repair": repair,
        "request": asked.request_id,
        "digest": digest,
        "session": session_of(user),
        "rows": rows,
        "group": group.pk,
        "user": user.pk,
    }


print(json.dumps(fill()))
