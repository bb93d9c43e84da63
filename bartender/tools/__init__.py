"""The fifteen tools: everything that a brain can do. Importing this package registers them."""

from bartender.tools import bill, menu, order, recall
from bartender.tools.registry import REGISTRY, ToolRunner, tool, unregister_tool

__all__ = ["REGISTRY", "ToolRunner", "bill", "menu", "order", "recall", "tool", "unregister_tool"]
