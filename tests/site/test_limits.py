"""Limits that several servers keep together."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import time_machine
from django.conf import settings
from limits.storage import RedisStorage

from maya_site.core.client_addresses import client_key
from maya_site.core.rate_limit_counters import MAX_LOCAL_KEYS, LocalStorage, RateLimiter
from maya_site.core.rate_limits import RateLimit, RateLimitExceeded, rate_limiter

SHOTS = RateLimit("shots", 12, 60, "At most 12 a minute.")
needs_redis = pytest.mark.skipif(not settings.REDIS_URL, reason="REDIS_URL names no Redis")


class RedisAway(LocalStorage):
    """A Redis that is away until it is back, and counts how often it was asked."""

    asked = 0
    is_away = True

    def acquire_sliding_window_entry(self, *args, **options):
        self.asked += 1
        if self.is_away:
            raise redis.exceptions.ConnectionError("gone")
        return super().acquire_sliding_window_entry(*args, **options)


@pytest.fixture
def clock():
    """Moved by hand; a window begins just now."""
    with time_machine.travel(6_000_000, tick=False) as traveller:
        yield traveller


def taken(counting, times, who="ada", limit=SHOTS):
    """How many of so many tries were allowed."""
    allowed = 0
    for _ in range(times):
        try:
            counting.check(limit, who)
            allowed += 1
        except RateLimitExceeded:
            continue
    return allowed


def redis_limiter():
    """As another server would have it."""
    return RateLimiter(RedisStorage(settings.REDIS_URL, key_prefix="maya:limit"))


def test_ada_has_twelve_a_minute_and_ben_has_his_own():
    counting = rate_limiter()

    assert taken(counting, 20, "ada") == 12
    assert taken(counting, 20, "ben") == 12


def test_the_refusal_is_a_sentence_and_says_when_to_come_back():
    counting = rate_limiter()
    taken(counting, 12)

    with pytest.raises(RateLimitExceeded, match=r"At most 12 a minute\.") as refused:
        counting.check(SHOTS, "ada")

    assert 1 <= refused.value.retry_after <= 60


def test_the_change_of_the_window_gives_nobody_twice_as_much(clock):
    counting = RateLimiter()
    clock.shift(59)
    first = taken(counting, 12)
    clock.shift(2)

    assert first + taken(counting, 12) <= 13


def test_after_two_windows_all_is_forgotten(clock):
    counting = RateLimiter()
    taken(counting, 12)
    clock.shift(120)

    assert taken(counting, 20) == 12


def test_who_keeps_hammering_still_gets_his_share_once_it_is_due(clock):
    counting = RateLimiter()
    allowed = 0
    for _ in range(600):  # ten minutes, a try each second
        allowed += taken(counting, 1)
        clock.shift(1)

    assert 110 <= allowed <= 132


@needs_redis
def test_two_servers_keep_one_limit():
    here, there = redis_limiter(), redis_limiter()

    assert taken(here, 7) + taken(there, 7) == 12


@needs_redis
def test_in_redis_the_change_of_the_window_gives_nobody_twice_as_much():
    counting, sips = redis_limiter(), RateLimit("sips", 20, 2, "")
    began = time.monotonic()
    allowed = 0
    while time.monotonic() < began + 5:  # a window and a half after the first
        allowed += taken(counting, 1, limit=sips)
        time.sleep(0.01)

    assert 20 < allowed <= 20 * 3.5


@pytest.mark.parametrize("where", ["local", pytest.param("redis", marks=needs_redis)])
def test_eight_threads_at_once_get_exactly_what_one_would(where):
    counting = redis_limiter() if where == "redis" else RateLimiter()
    together = threading.Barrier(8)

    def hurry(_):
        together.wait()
        return taken(counting, 10)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(hurry, range(8))) == 12


def test_without_redis_the_limit_is_stricter_and_never_open(clock, caplog):
    away = RedisAway()
    counting = RateLimiter(away)

    assert taken(counting, 50) == 6
    assert away.asked == 1, "a dead Redis is not asked again at once"
    assert len(caplog.records) == 1


def test_a_redis_that_refuses_connections_is_away_too(caplog):
    counting = RateLimiter(RedisStorage("redis://127.0.0.1:1/0"))

    assert taken(counting, 50) == 6
    assert "Redis is away: ConnectionError" in caplog.text


def test_redis_is_asked_again_after_a_while(clock):
    away = RedisAway()
    counting = RateLimiter(away)
    taken(counting, 1)
    away.is_away = False
    clock.shift(6)

    assert taken(counting, 20) == 12


def test_without_redis_even_a_limit_of_one_lets_somebody_in():
    assert taken(RateLimiter(RedisAway()), 3, limit=RateLimit("one", 1, 60, "")) == 1


def test_a_crowd_of_addresses_takes_no_more_memory_than_is_set_aside(clock):
    counting = RateLimiter()
    taken(counting, 1, "early")
    clock.shift(121)
    for number in range(MAX_LOCAL_KEYS - 2):
        counting.check(SHOTS, f"address {number}")
    assert taken(counting, 20, "ada") == 12, "who ended made room"

    for number in range(MAX_LOCAL_KEYS):
        counting.check(SHOTS, f"another {number}")

    assert len(counting.local.storage) <= MAX_LOCAL_KEYS


def test_counting_begins_no_thread():
    before = threading.active_count()
    counting = RateLimiter()
    time.sleep(0.05)  # the library's own clean-up would run by now
    taken(counting, 5)

    assert threading.active_count() <= before


@pytest.mark.parametrize(
    "address, key",
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("", "unknown"),
        ("/run/maya.sock", "/run/maya.sock"),
    ],
)
def test_whom_an_address_stands_for(address, key):
    assert client_key(address) == key
