"""The settings of the site. Everything that differs between machines comes from the environment (see config/env.py)."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import global_settings as default_settings

from config import databases, secret_key
from config.env import BadEnvironment, Environment
from sagaflow.conf import BROKER_SCHEMES

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
VAR.mkdir(mode=0o700, exist_ok=True)  # what runs were given is in it, in clear
env = Environment(os.environ)

BROKER_URL = env.address("SAGAFLOW_BROKER_URL", "embedded", words=("embedded",), schemes=BROKER_SCHEMES)
EMBEDDED = BROKER_URL == "embedded"
EXAMPLES = env.flag("SAGAFLOW_EXAMPLES", default=True)
EXAMPLE_APPS = ("streamtech", "musiccorp", "newsletter", "provisioning", "orders", "verification", "travel")
"""The app of the saga that README teaches is the first: pages suggest the sagas in this order."""

# --- the site -------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
LOGIN_HINT = env.flag("LOGIN_HINT", default=DEBUG)
ALLOWED_HOSTS = list(env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
CSRF_TRUSTED_ORIGINS = list(env.origins("CSRF_TRUSTED_ORIGINS"))

SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY and not EMBEDDED and not DEBUG:
    rule = "the same long random text in every process, because they share a broker"
    raise BadEnvironment("SECRET_KEY", SECRET_KEY, rule, "$(openssl rand -base64 48)")
SECRET_KEY = SECRET_KEY or secret_key.kept_in(VAR / "secret_key")

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "daphne",  # first: it replaces runserver by one that speaks WebSocket
    "config.admin_site.SagaAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "sagaflow",
    "designer",
]
if EXAMPLES and find_spec("examples"):
    INSTALLED_APPS += [f"examples.{app}" for app in EXAMPLE_APPS if find_spec(f"examples.{app}")]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sagaflow.api.login.LoginRequiredMiddleware",
    "config.no_store.no_store",
    "designer.visible_text.visible_text",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.one_thread.one_thread",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- databases and transports -----------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": databases.from_url(env, "DATABASE_URL", f"sqlite:///{VAR}/sagaflow.sqlite3")
}
if EXAMPLES or env.text("PARTICIPANT_DATABASE_URL"):
    DATABASES["participant"] = databases.from_url(
        env, "PARTICIPANT_DATABASE_URL", f"sqlite:///{VAR}/participant.sqlite3"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_URL = env.address("CHANNEL_URL", "memory", words=("memory",), schemes=("redis", "rediss"))
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if CHANNEL_URL == "memory"
    else {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [CHANNEL_URL]}}
}

CACHE_URL = env.address("CACHE_URL", "memory", words=("memory",), schemes=("redis", "rediss"))
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # with Django's 300, a few addresses push out what others have counted
    }
    if CACHE_URL == "memory"
    else {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
}

SAGAFLOW = {
    "BROKER_URL": BROKER_URL,
    "SERVICES": env.words("SAGAFLOW_SERVICES") or None,
    "LEASE_SECONDS": env.number("SAGAFLOW_LEASE_SECONDS", 30.0, least=0.1, most=86_400),
    "SWEEP_INTERVAL": env.number("SAGAFLOW_SWEEP_INTERVAL", 1.0, least=0.01, most=3_600),
    "PAYLOAD_LIMIT": env.integer("SAGAFLOW_PAYLOAD_LIMIT", 262_144, least=1_024, most=16_777_216),
    "SECOND_PERSON": env.words("SAGAFLOW_SECOND_PERSON"),
    "SOURCES": env.mapping("SAGAFLOW_SOURCES", '{"shop": {"url": "nats://localhost:4222", "topic": "shop.>"}}'),
    "MESSAGES_KEPT": env.integer("SAGAFLOW_MESSAGES_KEPT", 1_000, least=1, most=1_000_000),
    "OUTPUT_SINKS": env.words("SAGAFLOW_OUTPUT_SINKS"),
    "EVENTS_KEPT": env.integer("SAGAFLOW_EVENTS_KEPT", 10_000, least=1, most=10_000_000),
    "EVENTS_KEPT_PER_USER": env.integer("SAGAFLOW_EVENTS_KEPT_PER_USER", 1_000, least=1, most=10_000_000),
    "SOCKETS": env.integer("SAGAFLOW_SOCKETS", 2_000, least=1, most=100_000),
    "SOCKETS_PER_USER": env.integer("SAGAFLOW_SOCKETS_PER_USER", 50, least=1, most=100_000),
    "SOCKET_RECHECK": env.number("SAGAFLOW_SOCKET_RECHECK", 60.0, least=0.1, most=3_600),
    "ANCHOR_INTERVAL": env.number("SAGAFLOW_ANCHOR_INTERVAL", 300.0, least=0.1, most=86_400),
    "ANCHOR_KEY": env.text("SAGAFLOW_ANCHOR_KEY"),
    "ANCHOR_TRUSTED_KEYS": env.words("SAGAFLOW_ANCHOR_TRUSTED_KEYS"),
    "WORKER_THREADS": env.integer("SAGAFLOW_WORKER_THREADS", 8, least=1, most=1_000),
    "PUBLIC_URL": env.address(
        "SAGAFLOW_PUBLIC_URL", "http://127.0.0.1:8000", words=(), schemes=("http", "https")
    ).rstrip("/"),
    "WRITE_FILES": env.flag("SAGAFLOW_WRITE_FILES", default=False),
    "DRAFT_LIMIT": env.integer("SAGAFLOW_DRAFT_LIMIT", 262_144, least=1_024, most=2_097_152),
    "DRAFTS_PER_USER": env.integer("SAGAFLOW_DRAFTS_PER_USER", 100, least=1, most=100_000),
    "DRAFT_BYTES_PER_USER": env.integer("SAGAFLOW_DRAFT_BYTES_PER_USER", 33_554_432, least=1_024, most=2**40),
    "ENCODER": env.text("SAGAFLOW_ENCODER"),
    "EVENT_TTL": env.number("SAGAFLOW_EVENT_TTL", 604_800.0, least=1, most=31_536_000),
}

# --- logins, and what a browser may do --------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["config.login_limit.LoginLimit", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["config.login_limit.OneAtATime", *default_settings.PASSWORD_HASHERS[1:]]  # in place of PBKDF2's
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "designer:home" if find_spec("designer.urls") else "admin:index"
LOGOUT_REDIRECT_URL = "login"

# Cookies are bound to HTTPS where the site is served by it; http://127.0.0.1 has to work for the embedded mode.
HTTPS = env.flag("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
FILE_UPLOAD_HANDLERS = ["config.body_limit.NoFiles"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- language, time, files, log -------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# WhiteNoise reads the files where the apps keep them: there is no collectstatic step that could be forgotten.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.log_lines.Line", "fmt": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}
    },
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "sagaflow": {"level": LOG_LEVEL},
        "designer": {"level": LOG_LEVEL},
        "examples": {"level": LOG_LEVEL},
        "pika": {"level": "CRITICAL"},  # it logs ten lines for each lost connection, and our code logs one too
        "django": {"level": "INFO", "handlers": ["terminal"], "propagate": False},
        "uvicorn.access": {"level": "INFO", "handlers": ["terminal"], "propagate": False},  # without tokens
    },
}
