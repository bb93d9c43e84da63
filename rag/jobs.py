"""What the memory does by itself. The jobs app finds this module; each job may run twice and must bear it."""

from maya_site.jobs.registry import job, periodic
from rag.gaps import GROUP, forget_old, group
from rag.knowledge import BUILD


@job(BUILD)
def build_memory() -> None:
    """Builds what is so now. A job for an older state finds it done already."""
    from rag.building import build
    from rag.memory import base_stores

    if stores := base_stores():
        build(stores)


@job(GROUP)
def group_gaps() -> int:
    return group()


@periodic("forget_asked", every=24 * 3600)
def forget_asked() -> int:
    return forget_old()
