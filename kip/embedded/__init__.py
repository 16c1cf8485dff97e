"""Real PostgreSQL and Redis from wheels, for the demo and the tests.

Both servers live under one ignored folder and listen on unix sockets only, so no port is ever taken.
They are shared by every process of this checkout: the first one to ask starts them, the last one to end stops them.
"""

from kip.embedded.servers import Servers, running_servers

__all__ = ["Servers", "running_servers"]
