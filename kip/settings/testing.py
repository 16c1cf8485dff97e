"""Settings of the tests: the environment is fixed first, then everything is as in the portal."""

import os

os.environ.update(KIP_MODE="test", KIP_PROCESS="test")

from kip.settings.portal import *  # noqa: F403
from kip.settings.portal import CACHES, DATABASES, ENV

DATABASES["owner"]["TEST"] = {"NAME": os.environ.get("KIP_TEST_DATABASE", "test_kip"), "DEPENDENCIES": []}
CACHES = {**CACHES, "default": {**CACHES["default"], "LOCATION": ENV.redis.replace("db=0", "db=1")}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
KIP_REQUIRE_MFA = False  # switched on by the tests that are about it
