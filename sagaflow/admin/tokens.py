"""The page of API tokens. A token is created here, shown once, and revoked by deleting it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from sagaflow import access
from sagaflow.admin.formats import at
from sagaflow.admin.robust import RobustAdmin
from sagaflow.models import ApiToken

__all__ = ["ApiTokenAdmin"]

LIFETIME = timedelta(days=90)
"""The time to live that the form suggests."""


class Narrowed(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no argument at run time
    """The form of a token, with boxes for the permissions. Any name of a saga is taken, since it may run elsewhere."""

    permissions = forms.MultipleChoiceField(
        required=False,
        choices=list(access.MEANING.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="What the token may do, if its user may. None chosen: everything that its user may.",
    )

    def clean_permissions(self) -> str:
        """Return the chosen permissions as the column has them."""
        return "\n".join(self.cleaned_data["permissions"])

    def clean_sagas(self) -> str:
        """Return the names, one on each line."""
        return "\n".join(self.cleaned_data["sagas"].split())


@admin.register(ApiToken)
class ApiTokenAdmin(RobustAdmin):
    form = Narrowed
    list_display = ("name", "user", "permissions", "sagas", at("created_at"), at("expires_at", "expires"))
    list_filter = ("user",)
    date_hierarchy = "created_at"
    fields = ("name", "user", "permissions", "sagas", "expires_at")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002 - Django's
        """Search the login name, whose field depends on the user model of the project."""
        return ("name", f"user__{get_user_model().USERNAME_FIELD}")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by the digest, so that no user can guess a digest by its beginning."""
        return not lookup.startswith("digest") and super().lookup_allowed(lookup, value, request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Let a token end by default."""
        return {"expires_at": timezone.now() + LIFETIME, **super().get_changeform_initial_data(request)}

    def get_form(self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Name the sagas that the user knows, because the field takes any name."""
        form = super().get_form(request, obj, change, **options)
        names = ", ".join(saga.name for saga in access.sagas(request.user, "view_run"))
        if names and "sagas" in form.base_fields:  # a page that only shows has no fields
            form.base_fields["sagas"].help_text += f" Registered here: {names}."
        return form

    def has_change_permission(self, *_: Any) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Let only superusers create tokens for other users, because a token has all permissions of its user."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **options)
        if not request.user.is_superuser:
            field.queryset = field.queryset.filter(pk=request.user.pk)
        field.initial = request.user.pk
        return field

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        obj.shown_once = obj.renew()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002
        context = {**self.admin_site.each_context(request), "title": "The token", "row": obj, "opts": self.opts}
        return TemplateResponse(request, "sagaflow/token.html", context, headers={"Cache-Control": "no-store"})
