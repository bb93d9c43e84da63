"""The fifteen things a brain can do, and no other."""

from bartender.tools import bill, menu, order, recall
from bartender.tools.registry import REGISTRY, ToolRunner, tool, unregister_tool

__all__ = ["REGISTRY", "ToolRunner", "bill", "menu", "order", "recall", "tool", "unregister_tool"]
