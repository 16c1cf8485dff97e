"""`python -m kip.embedded url` prints the administrator's database URL, starting the server when needed."""

import sys

from kip.embedded import running_servers

if __name__ == "__main__":
    servers = running_servers()
    sys.stdout.write(f"{servers.admin_url}\n{servers.redis_url}\n")
    if "hold" in sys.argv[1:]:
        sys.stdin.read()
