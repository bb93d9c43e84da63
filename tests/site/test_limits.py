"""Limits that several servers keep together."""

import threading

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from redis.exceptions import ConnectionError as RedisAway

from maya_site.lib.limits import Counting, Limit, TooOften, house_of

SHOTS = Limit("shots", 12, 60, "At most 12 a minute.")


class Clock:
    def __init__(self):
        self.now = 6_000_000.0

    def __call__(self):
        return self.now


class AwayCache(BaseCache):
    asked = 0

    def __init__(self):
        super().__init__({})

    def add(self, *args, **options):
        self.asked += 1
        raise RedisAway("gone")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counting(clock):
    return Counting(caches["default"], clock)


def taken(counting, times, who="ada", limit=SHOTS):
    """How many of so many tries were allowed."""
    allowed = 0
    for _ in range(times):
        try:
            counting.take(limit, who)
            allowed += 1
        except TooOften:
            continue
    return allowed


def test_ada_has_twelve_a_minute_and_ben_has_his_own(counting):
    assert taken(counting, 20, "ada") == 12
    assert taken(counting, 20, "ben") == 12


def test_the_refusal_is_a_sentence_and_says_when_to_come_back(counting):
    taken(counting, 12)

    with pytest.raises(TooOften, match=r"At most 12 a minute\.") as refused:
        counting.take(SHOTS, "ada")

    assert 1 <= refused.value.retry_after <= 60


def test_the_change_of_the_window_gives_nobody_twice_as_much(counting, clock):
    clock.now += 59
    first = taken(counting, 12)
    clock.now += 2

    assert first + taken(counting, 12) <= 13


def test_after_two_windows_all_is_forgotten(counting, clock):
    taken(counting, 12)
    clock.now += 120

    assert taken(counting, 20) == 12


def test_who_keeps_hammering_still_gets_his_share_once_it_is_due(counting, clock):
    allowed = 0
    for _ in range(600):  # ten minutes, a try each second
        allowed += taken(counting, 1)
        clock.now += 1

    assert 110 <= allowed <= 132


def test_two_servers_keep_one_limit(clock):
    here, there = Counting(caches["default"], clock), Counting(caches["default"], clock)

    assert taken(here, 7) + taken(there, 7) == 12


def test_eight_threads_at_once_get_no_more_than_one_would(counting):
    allowed = []
    threads = [threading.Thread(target=lambda: allowed.append(taken(counting, 10))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # A refusal is taken back a moment after it counted, so a neighbour may be refused with it.
    assert 8 <= sum(allowed) <= 12


def test_without_the_cache_the_limit_is_stricter_and_never_open(clock, caplog):
    away = AwayCache()
    counting = Counting(away, clock)

    assert taken(counting, 50) == 6
    assert away.asked == 1, "a dead cache is not asked again at once"
    assert len(caplog.records) == 1


def test_the_cache_is_asked_again_after_a_while(clock):
    counting = Counting(AwayCache(), clock)
    taken(counting, 1)
    counting.shared = caches["default"]
    clock.now += 6

    assert taken(counting, 20) == 12


def test_without_the_cache_even_a_limit_of_one_lets_somebody_in(clock):
    assert taken(Counting(AwayCache(), clock), 3, limit=Limit("one", 1, 60, "")) == 1


@pytest.mark.parametrize(
    "address, house",
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("", "unknown"),
        ("/run/maya.sock", "/run/maya.sock"),
    ],
)
def test_whom_an_address_stands_for(address, house):
    assert house_of(address) == house
