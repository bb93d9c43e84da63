"""Background work. Others use `enqueue`, `task` and `periodic_task`:

from maya_site.tasks.enqueue import enqueue
from maya_site.tasks.registry import task, periodic_task
"""
