"""Background tasks of the memory. Each may run twice and must bear it."""

from maya_site.tasks.registry import periodic_task, task
from rag.publishing import BUILD_TASK
from rag.unanswered_questions import GROUP_TASK, delete_old_questions, group_questions


@task(BUILD_TASK)
def build_memory_index() -> None:
    """Builds the index of the current passages. A task for an older state finds it done."""
    from rag.index_build import build_index
    from rag.memory import base_stores

    if stores := base_stores():
        build_index(stores)


@task(GROUP_TASK)
def group_gaps() -> int:
    return group_questions()


@periodic_task("forget_asked", interval_seconds=24 * 3600)
def purge_old_questions() -> int:
    return delete_old_questions()
