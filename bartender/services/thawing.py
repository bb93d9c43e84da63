"""Ordering goes on while a bill is out: its link is ended at the till before the tab changes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bartender.records.visits import Visit
from maya_site.lib.db import committed
from maya_site.lib.errors import Busy
from payments import checkout
from payments.ledger import Cause
from payments.models import Payment

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Visit, P], T]
ROUNDS = 3


class _LinkIsOut(Exception):
    def __init__(self, payment: Payment) -> None:
        self.payment = payment


def thawing(work: Work[P, T]) -> Work[P, T]:
    """One transaction, whose last argument is its cause. Where it takes back a bill whose link is out, it is
    rehearsed and rolled back, so that a refused wish leaves the bill as it is; then the link is ended at the
    till, outside any transaction, and the work is done."""

    @committed
    def rehearsed(visit: Visit, *args: P.args, **kwargs: P.kwargs) -> T:
        out = checkout.link_out(visit.code)
        answer = work(visit, *args, **kwargs)
        if out and checkout.link_out(visit.code) != out:
            raise _LinkIsOut(out)
        return answer

    @functools.wraps(work)
    def run(visit: Visit, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(ROUNDS):
            try:
                return rehearsed(visit, *args, **kwargs)
            except _LinkIsOut as out:
                checkout.take_back(out.payment, reopening(_cause(args, kwargs)))
        raise Busy

    return run  # type: ignore[return-value] # wraps() gives the first argument a name


def reopening(cause: Cause) -> Cause:
    return cause.part("reopen")


def _cause(args: tuple[object, ...], kwargs: dict[str, object]) -> Cause:
    cause = kwargs.get("cause", args[-1] if args else None)
    assert isinstance(cause, Cause)
    return cause
