"""The fifteen things a brain can do, and no other."""

from bartender.tools import bill, menu, order, recall
from bartender.tools.registry import REGISTRY, Toolbelt

__all__ = ["REGISTRY", "Toolbelt", "bill", "menu", "order", "recall"]
