"""Which act is carried out by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bartender.brains.house import acts, changing, manners, ordering, remembering
from bartender.brains.house.acts import Act
from bartender.brains.house.plan import Plan

_DO: dict[type, Callable[[Plan, Any], None]] = {
    acts.Order: ordering.order,
    acts.SetQuantity: changing.set_quantity,
    acts.Remake: changing.remake,
    acts.Swap: changing.swap,
    acts.Remove: changing.remove,
    acts.Undo: changing.undo,
    acts.Clear: changing.clear,
    acts.Again: ordering.again,
    acts.Between: ordering.between,
    acts.PutBack: ordering.put_back,
    acts.More: ordering.more,
    acts.Choose: ordering.choose,
    acts.Tip: manners.tip,
    acts.About: manners.about,
    acts.Ask: remembering.ask,
    acts.TheUsual: remembering.the_usual,
    acts.Simple: manners.simple,
}


def carry_out(plan: Plan, act: Act) -> None:
    _DO[type(act)](plan, act)
