"""The addresses of the site: the admin, login and logout, the health checks, and the addresses of the apps."""

from importlib.util import find_spec

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path
from django.views.generic import RedirectView

from config.health import healthz, readyz
from config.icon import favicon

login = auth.LoginView.as_view(
    template_name="sagaflow/login.html",
    extra_context={"title": "Log in", "site_header": "Sagaflow", "site_title": "Sagaflow"},
    redirect_authenticated_user=True,
)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("healthz/", healthz, name="healthz"),
    path("readyz/", readyz, name="readyz"),
    path("favicon.ico", favicon),
]
if find_spec("sagaflow.api") and find_spec("sagaflow.api.urls"):
    urlpatterns.append(path("api/", include("sagaflow.api.urls")))
if find_spec("designer.urls"):
    urlpatterns.append(path("", include("designer.urls")))
else:
    urlpatterns.append(path("", RedirectView.as_view(pattern_name="admin:index")))

handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
