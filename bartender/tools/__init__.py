"""The tools: everything that a brain can do. Importing this package registers them."""

from bartender.tools import bill, menu, opening_times, order, recall
from bartender.tools.registry import REGISTRY, ToolRunner, tool, unregister_tool

__all__ = [
    "REGISTRY",
    "ToolRunner",
    "bill",
    "menu",
    "opening_times",
    "order",
    "recall",
    "tool",
    "unregister_tool",
]
