"""Background work. Others use `enqueue`, `job` and `periodic`:

from maya_site.jobs.outbox import enqueue
from maya_site.jobs.registry import job, periodic
"""
