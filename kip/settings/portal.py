"""Django settings. What an operator may change comes from `environment`; the rest is the same everywhere."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kip.settings.environment import ROOT, read_environment

ENV = read_environment()
PRODUCTION = ENV.mode == "production"
DEBUG = False
SECRET_KEY = ENV.secret()
ALLOWED_HOSTS = [host.strip() for host in ENV.allowed_hosts.split(",")] + (["testserver"] if ENV.mode == "test" else [])
DEMO = ENV.mode == "demo"

INSTALLED_APPS = [
    "kip.core",
    "practices",
    "datacapture",
    "surveys",
    "accreditation",
    "kip.reports",
    "kip.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]
SITE_ID = 1

MIDDLEWARE = [
    "kip.core.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kip.core.middleware.ReadableInputMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "practices.middleware.SeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "practices.middleware.ActingMiddleware",
    "practices.middleware.SecondFactorMiddleware",
    "kip.core.middleware.ScopeMiddleware",
    "kip.core.middleware.AllowMiddleware",
    "kip.core.middleware.MethodPageMiddleware",
]
ROOT_URLCONF = "kip.urls"
WSGI_APPLICATION = "kip.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kip.portal.context.portal",
            ],
        },
    }
]
# What the frame of a kept page is filled with; of the processors above the one it needs.
KIP_FRAME = "kip.portal.context.portal"
FORM_RENDERER = "kip.core.forms.KipRenderer"


def _database(login: str) -> dict[str, object]:
    """Settings of one login; without one in this process any use of the database is an error."""
    url = ENV.url_for(login)
    if url is None:
        return {"ENGINE": "django.db.backends.dummy"}
    parts = urlsplit(url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or login),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }


# `default` may never own a table; `owner` only migrates and builds the walls (docs/adr/0002-two-walls.md).
DATABASES = {
    "default": {**_database(f"kip_{ENV.process}"), "TEST": {"MIRROR": "owner"}},
    "owner": _database("kip_owner"),
}
DATABASE_ROUTERS = ["kip.core.routers.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES = {"sites": "django.contrib.sites.migrations"}

CACHES = {
    "default": {"BACKEND": "kip.core.redis_cache.OneClientCache", "LOCATION": ENV.redis, "KEY_PREFIX": "kip"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
}
CELERY_BROKER_URL = ENV.redis.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")

AUTH_USER_MODEL = "practices.User"
AUTHENTICATION_BACKENDS = ["practices.backends.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_ADAPTER = "practices.adapters.InvitedOnlyAccountAdapter"
SOCIALACCOUNT_ADAPTER = "practices.adapters.KnownPersonSocialAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True
KIP_REQUIRE_MFA = ENV.mfa
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"APPS": json.loads(ENV.oidc_providers)},
    "saml": {"APPS": json.loads(ENV.saml_providers)},
}

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # Redis answers, the database keeps
SESSION_COOKIE_NAME = "__Host-kip" if PRODUCTION else "kip"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "kip-csrf"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kip.portal.views.form_expired"
SECURE_HSTS_SECONDS = 63072000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _origins(providers: str) -> list[str]:
    """Origins of the configured identity providers: the sign-in form leads there, so form-action must name them."""
    texts = [value for app in json.loads(providers) for value in _texts(app.get("settings", {}))]
    parts = [urlsplit(text) for text in texts if text.startswith(("https://", "http://127.0.0.1"))]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def _texts(settings: object) -> list[str]:
    if isinstance(settings, dict):
        return [text for value in settings.values() for text in _texts(value)]
    return [settings] if isinstance(settings, str) else []


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *_origins(ENV.oidc_providers), *_origins(ENV.saml_providers)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "accelerometer", "gyroscope", "magnetometer")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
UPLOAD_LIMIT_BYTES = ENV.upload_limit_mb * 1_000_000
KIP_ALLOW_CPR_IN_TEXT = ENV.allow_cpr_in_text
KIP_SCAN_SOCKET, KIP_SCAN_COMMAND, KIP_SCAN_SECONDS = ENV.scan_socket, ENV.scan_command, ENV.scan_seconds

LANGUAGE_CODE = "da"
LANGUAGES = [("da", _("Danish")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = USE_TZ = USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Europe/Copenhagen"

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles" if PRODUCTION else ROOT / "static"
STATICFILES_DIRS = [ROOT / "static"] if PRODUCTION else []
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(ENV.home / "files")}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail_from
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(ENV.home / "mail")
EMAIL_TIMEOUT = 20
_mail = urlsplit(ENV.mail_url.get_secret_value())
if _mail.scheme:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+starttls", _mail.scheme == "smtps"
    EMAIL_HOST = _mail.hostname or ""
    EMAIL_PORT = _mail.port or {"smtps": 465, "smtp+starttls": 587}.get(_mail.scheme, 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["kip.core.api.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["kip.core.renderers.PlainJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kip.core.problems.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KIP",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"ProfessionEnum": "practices.enums.Profession.choices"},
}

LOGGING_CONFIG = "kip.core.logs.configure"
LOGGING = {"json": PRODUCTION, "level": "INFO"}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
KIP_HOME = ENV.home
# In production each process has the key files that it was given; elsewhere both lie beside the data, the second beside the first.
KIP_KEY_FILE = ENV.key_file if PRODUCTION else ENV.key_file or ENV.home / "pseudonym_keys"
KIP_PORTAL_KEY_FILE = ENV.portal_key_file
KIP_SMALL_CELL = ENV.small_cell
# A region with more patients is counted in buckets by all workers that are free: below, one run takes a minute or two, and
# each bucket would cost its fixed second. A bucket has at least this many events, some ten seconds of work.
KIP_BUCKET_PATIENTS, KIP_BUCKET_EVENTS = 200_000, 1_000_000
KIP_WAS_URL = ENV.was_url
KIP_CONTACT = ENV.contact
KIP_PHONE = ENV.phone
KIP_VERSION = "0.1.0"
KIP_PROCESS = ENV.process
