"""Django's command line for KIP."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kip.settings.portal")
    # Commands act for the worker unless told otherwise: only the web server signs in as kip_web.
    os.environ.setdefault("KIP_PROCESS", "task")
    execute_from_command_line(sys.argv)
