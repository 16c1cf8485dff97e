"""How often something may be tried, counted in Redis for a while and kept nowhere else."""

from __future__ import annotations

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

MINUTE = 60
CODES_PER_MINUTE = 5
ALL_CODES_PER_MINUTE = 200  # over all addresses: somebody with many of them tries codes
BEGINS_PER_MINUTE = 10


def within(what: str, most: int, seconds: int = MINUTE) -> bool:
    """Count one more try of `what`; False once there have been more than `most` in the time."""
    key = f"surveys-limit:{sha256(what.encode()).hexdigest()}"
    if cache.add(key, 1, seconds):
        return most >= 1
    try:
        return int(cache.incr(key)) <= most
    except ValueError:  # ran out between the two
        return True


def may_try_code(request: HttpRequest) -> bool:
    """Whether this address, and all of them together, may try one more short code."""
    return within("codes", ALL_CODES_PER_MINUTE) and within(f"code|{request.META.get('REMOTE_ADDR', '')}", CODES_PER_MINUTE)


def may_begin(request: HttpRequest) -> bool:
    """Whether this address may begin one more answer at an open channel."""
    return within(f"begin|{request.META.get('REMOTE_ADDR', '')}", BEGINS_PER_MINUTE)
