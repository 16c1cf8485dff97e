"""Django's Redis cache with one client for each pool: the library makes a new one, with all its tables, for every key."""

from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class OneClient(RedisCacheClient):
    """There is one server, so key and kind of access make no difference; redis-py's client may be shared by threads."""

    @cached_property
    def _one(self) -> Any:
        return super().get_client()

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._one


class OneClientCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient
