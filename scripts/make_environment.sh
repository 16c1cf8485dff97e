#!/bin/sh
# Make the virtual environment and install the pinned dependencies, each wheel checked against its hash.
set -eu
python=$1
venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "KIP needs Python 3.11 or newer, but $python is $("$python" -V 2>&1). Name another one: make PYTHON=python3.12 ..." >&2
    exit 1
}
echo "[1/3] making the environment in $venv"
"$python" -m venv "$venv" || {
    echo "The module venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
}
total=$(grep -c '==' requirements.lock)
echo "[2/3] fetching and installing $total pinned packages; this takes about a minute"
log=$venv/install.log
# What pip says is kept and shown only when it fails: warnings about a machine's own settings would drown the steps.
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off --require-hashes \
    -r requirements.lock >"$log" 2>&1 &
pip=$!
trap 'kill $pip 2>/dev/null; exit 130' INT TERM
seconds=0
while kill -0 $pip 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    [ $((seconds % 10)) -ne 0 ] || echo "      $(grep -c '^Collecting' "$log" || true) of $total packages found after $seconds seconds"
done
wait $pip || {
    grep -v '^WARNING' "$log" | tail -n 20 >&2
    echo "The packages could not be installed; the whole story is in $log" >&2
    exit 1
}
echo "[3/3] the environment is ready"
