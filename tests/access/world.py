"""The world of the access tests: runs of both sagas, one row of every kind, and the users who ask."""

from dataclasses import dataclass, field

from django.contrib.auth.models import Group, User
from django.test import Client

from sagaflow import engine, models, registry
from sagaflow.core.definition import document
from sagaflow.store import act_requests, bulk_repairs, drafts, unreadable, web_sagas
from sagaflow.store.drafts import NewDraft
from sagaflow.store.lists import lookup
from sagaflow.store.proof import anchors
from tests.access.sagas import OLDER, PARCEL
from tests.people import client_as, user_of
from tests.records import VIEWS

ALL = (
    "view_run",
    "start_run",
    "operate_run",
    "approve_step",
    "publish_event",
    "view_sensitive",
    "design_saga",
    "publish_saga",
)


@dataclass(frozen=True, kw_only=True)
class Role:
    """A kind of user, or a program."""

    permissions: tuple[str, ...] = ()
    scopes: tuple[dict[str, str], ...] = ()
    groups: tuple[str, ...] = ()
    staff: bool = False
    root: bool = False
    token: bool = False
    """A program with an API token, and no session."""
    limits: dict[str, str] = field(default_factory=dict)
    """To what the token is narrowed."""


ROLES = {
    "anon": None,
    "none": Role(),
    "view": Role(permissions=("view_run",)),
    "else": Role(permissions=ALL, scopes=({"saga": "access_letter"},), groups=("buyers",)),
    "oper": Role(permissions=ALL, scopes=({"saga": "access_parcel"},), groups=("buyers",)),
    "watch": Role(permissions=ALL, scopes=tuple({"saga": "access_letter", "permission": each} for each in ALL[1:])),
    "clerk": Role(staff=True),
    "audit": Role(permissions=VIEWS, staff=True),
    "branch": Role(permissions=VIEWS, scopes=({"saga": "access_letter"},), staff=True),
    "root": Role(staff=True, root=True),
    "prog": Role(permissions=ALL, scopes=({"team": "hall"},), token=True),
    "slim": Role(root=True, token=True, limits={"permissions": "view_run\nstart_run", "sagas": "access_parcel"}),
    "shy": Role(root=True, token=True, limits={"sagas": "access_letter"}),
}
"""``else`` may do everything, to another definition only; ``watch`` sees all and may act on another definition;
``branch`` is an auditor of another definition; ``slim`` and ``shy`` are tokens of superusers that are limited to some
permissions, and to another definition."""


def client_of(name, **options):
    """A client of a user with that role."""
    role = ROLES[name]
    return Client(**options) if role is None else client_with(role, name, **options)


def client_with(role, name, **options):
    """A client of a new user of this name."""
    user = user_of(name, *role.permissions, groups=role.groups, staff=role.staff, root=role.root)
    if role.scopes:
        narrowed = Group.objects.create(name=f"scopes of {name}")
        user.groups.add(narrowed)
        for scope in role.scopes:
            models.Scope.objects.create(group=narrowed, **scope)
    if not role.token:
        return client_as(user, **options)
    client, row = Client(**options), models.ApiToken(name=name, user=user, **role.limits)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {row.renew()}"
    row.save()
    return client


@dataclass
class World:
    """Rows by their kind."""

    parked: str
    letter: str
    repair: str
    request: str
    draft: str
    canaries: tuple[str, ...] = field(default=())
    """The words that reveal that parcels exist."""


def finish(saga, item, **more):
    run_id = engine.start(saga, {"item": item, "card": "card-of-input"}, by="somebody", **more)
    while engine.wake(run_id):
        pass
    return run_id


def fill():
    """Create at least one row of every kind. All of them are about parcels, except one letter."""
    with registry.standing_in(OLDER):
        old = finish("access_parcel", "feather")
    parked, light = finish("access_parcel", "heavy"), finish("access_parcel", "feather")
    engine.operate(light, "retry", by="vera", reason="parcel-reason", step="ship")
    unreadable.set_aside("crm", b'{"card": "card-of-stream"}', {}, "parcel-place", "parcel-unread", longest=99)
    engine.publish("ParcelEvent", "parcel-correlation", {"card": "card-of-event"})
    letter = finish("access_letter", "stamp")
    order = bulk_repairs.Order(verb="retry", by="vera", reason="parcel-reason", selection="parcels")
    repair = bulk_repairs.freeze(order, lookup.places([parked]))
    wanted = act_requests.NewRequest(verb="skip", step="ship", by="vera", reason="parcel-reason", run_id=parked)
    request = act_requests.add(wanted).request_id
    models.Connection.objects.create(name="payments", host="payments.example.org")
    row = models.ApiToken(name="shop", user=User.objects.create(username="shop"))
    row.renew()
    row.save()
    group = Group.objects.create(name="carriers")
    models.Scope.objects.create(group=group, saga="access_elsewhere")
    anchors.write_all()
    digests = (PARCEL.digest, OLDER.digest)
    draft = str(drafts.create(NewDraft(saga=PARCEL.name, source="code", document=document.dump(PARCEL)), "vera").id)
    web_sagas.publish(document.dump(PARCEL), after=0, note="parcel-note", by="vera")
    words = ("access_parcel", "of the hall", "parcel-", "ParcelEvent", "heavy", "feather", "flat-tyre", "too-light")
    return World(parked, letter, repair, request, draft, (*words, *digests, old, parked, light, repair, request))
