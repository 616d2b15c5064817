"""Views of the list of runs that users saved, for themselves or for a group that they are in."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from sagaflow.core.errors import Refused
from sagaflow.models import SavedView
from sagaflow.models.saved_view import LONGEST_NAME

__all__ = ["LONGEST_NAME", "MOST", "ViewLine", "delete", "groups_of", "rename", "save", "tidied", "views_of"]

MOST = 50
"""Views of one user, and of one group."""
User = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLine:
    """A saved view."""

    id: int
    name: str
    query: str
    sort: str
    columns: str
    group: str
    """The group that it belongs to; empty: it belongs to the user who asked."""
    by: str


def views_of(user: User) -> tuple[ViewLine, ...]:
    """Return the views of a user by name, and after them those of the groups of the user."""
    rows = _reachable(user).select_related("group")
    lines = (
        ViewLine(
            id=row.pk,
            name=row.name,
            query=row.query,
            sort=row.sort,
            columns=row.columns,
            group=row.group.name if row.group else "",
            by=row.by,
        )
        for row in rows
    )
    return tuple(sorted(lines, key=lambda line: (line.group, line.name.casefold(), line.id)))


def groups_of(user: User) -> tuple[str, ...]:
    """Return the names of the groups with which a user may share views."""
    return tuple(_groups(user).order_by("name").values_list("name", flat=True))


def save(user: User, name: str, *, group: str = "", query: str = "", sort: str = "", columns: str = "") -> bool:
    """Save a view for ``user``, or for ``group``. A view of the same name and owner is replaced: then return true.

    Raises:
        Refused: the name is not valid, the user is not in the group, or the owner has too many views.
    """
    name = _valid(name)
    owner = _owner(user, group)
    values = {"query": query, "sort": sort, "columns": columns, "by": user.get_username()}
    with transaction.atomic():
        if SavedView.objects.filter(**owner).exclude(name=name).count() >= MOST:
            whose = f"Group '{group}' has" if group else "You have"
            raise Refused(f"{whose} {MOST} views, the most there may be. Delete one first.")
        _, is_new = SavedView.objects.update_or_create(**owner, name=name, defaults=values)
    return not is_new


def rename(user: User, view: int, name: str) -> str:
    """Give a view another name, and return the former one.

    Raises:
        Refused: the user has no such view, the name is not valid, or another view of the owner has it.
    """
    name = _valid(name)
    row = _find(user, view)
    former, row.name, row.by = row.name, name, user.get_username()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as taken:
        raise Refused(f"There is another view '{name}'. Choose another name.") from taken
    return former


def delete(user: User, view: int) -> str:
    """Delete a view, and return its name.

    Raises:
        Refused: the user has no such view.
    """
    row = _find(user, view)
    row.delete()
    return row.name


def tidied(name: str) -> str:
    """Return a name as it is saved: with single blanks between its words."""
    return " ".join(name.split())


def _valid(name: str) -> str:
    name = tidied(name)
    if not name:
        raise Refused("Give the view a name.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"The name of a view has at most {LONGEST_NAME} printable characters.")
    return name


def _groups(user: User) -> QuerySet[Group]:
    groups = getattr(user, "groups", None)
    return Group.objects.none() if groups is None else groups.all()


def _reachable(user: User) -> QuerySet[SavedView]:
    return SavedView.objects.filter(Q(user=user.pk) | Q(group__in=_groups(user)))


def _owner(user: User, group: str) -> dict[str, Any]:
    if not group:
        return {"user_id": user.pk, "group": None}
    if group not in groups_of(user):
        raise Refused("You can share a view with a group that you are in.")
    return {"user_id": None, "group": _groups(user).get(name=group)}


def _find(user: User, view: int) -> SavedView:
    row = _reachable(user).filter(pk=view).first()
    if row is None:
        raise Refused("This view does not exist. It may have been deleted.")
    return row
