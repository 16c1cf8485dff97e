#!/bin/sh
# Install the system libraries named as arguments where we may, otherwise say exactly how.
set -eu
need=""
for part in "$@"; do
    case $part in
        pango) ldconfig -p 2>/dev/null | grep -q libpangoft2-1.0 || need="$need libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" ;;
        chromium) command -v chromium >/dev/null 2>&1 || need="$need chromium" ;;
    esac
done
[ -n "$need" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system libraries:$need"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null
    exit 0
fi
echo "These system libraries are missing:$need" >&2
echo "Install them with: sudo apt-get install --no-install-recommends$need" >&2
exit 1
