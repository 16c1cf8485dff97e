"""Runs several of our commands in one process with the environment's settings: `commands.py '["migrate"]' …`."""

import json
import os
import sys

import django
from django.core.management import call_command

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "kip.settings.portal"
    django.setup()
    for words in map(json.loads, sys.argv[1:]):
        sys.stdout.write(f"$ {' '.join(words)}\n")
        sys.stdout.flush()
        call_command(*words)
