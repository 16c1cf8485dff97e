"""Settings of the tests: the environment is fixed first, then everything is as in the portal.

Tests that run beside each other (pytest-xdist) share the servers, each with its own database in both.
"""

import os

os.environ.update(KIP_MODE="test", KIP_PROCESS="test")

from kip.settings.portal import *  # noqa: F403
from kip.settings.portal import CACHES, DATABASES, ENV

RUNNER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
DATABASES["owner"]["TEST"] = {"NAME": f"{os.environ.get('KIP_TEST_DATABASE', 'test_kip')}_{RUNNER}", "DEPENDENCIES": []}
CACHES = {**CACHES, "default": {**CACHES["default"], "LOCATION": ENV.redis.replace("db=0", f"db={1 + RUNNER}")}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
KIP_REQUIRE_MFA = False  # switched on by the tests that are about it
