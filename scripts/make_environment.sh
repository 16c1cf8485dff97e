#!/bin/sh
# Make the virtual environment and install the pinned dependencies, each wheel checked against its hash.
set -eu
python=$1
venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "KIP needs Python 3.11 or newer, but $python is $("$python" -V 2>&1). Name another one: make PYTHON=python3.12 ..." >&2
    exit 1
}
echo "Making the environment in $venv and installing $(grep -c '==' requirements.lock) pinned packages; this takes about a minute."
"$python" -m venv "$venv" || {
    echo "The module venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
}
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
echo "The environment is ready."
