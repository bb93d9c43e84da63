"""Template tags for a tab's page in the admin: its staff actions, and what the current user may do."""

from typing import Any

from django import template
from django.db.models import QuerySet
from django.utils import timezone

from bartender.models.staff_actions import StaffAction
from bartender.services.line_explanations import LineExplanation, explain_lines
from bartender.services.printing.jobs import paper_kind, print_choices
from bartender.services.staff_actions import available_actions, can_approve, describe_planned_action
from bartender.web.explanations import staff_viewer
from payments.models import Tab

register = template.Library()


@register.simple_tag(takes_context=True)
def actions_on(context: dict[str, Any], tab: Tab) -> list[tuple[str, str]]:
    return available_actions(tab, context["request"].user)


@register.filter
def called(visit_code: str, names: dict[str, str]) -> str:
    """What staff call the guest of a visit; "forgotten" where the visit was erased."""
    return names.get(visit_code, "forgotten")


@register.simple_tag
def staff_actions_of(tab: Tab) -> QuerySet[StaffAction]:
    return tab.staff_actions.select_related("requested_by", "decided_by")


@register.simple_tag(takes_context=True)
def print_choices_of(context: dict[str, Any], tab: Tab) -> list[tuple[str, str]]:
    """A button's value and words for each printer that may print the tab. Sets `paper`: receipt or bill."""
    if not context["request"].user.has_perm("bartender.print_by_staff"):
        return []
    context["paper"] = paper_kind(tab)
    return print_choices(tab)


@register.simple_tag(takes_context=True)
def explanations_of(context: dict[str, Any], tab: Tab) -> tuple[LineExplanation, ...]:
    """Why each line is on the tab, as far as the current user may read what was said. Sets `zone`."""
    context["zone"] = timezone.get_current_timezone()
    return explain_lines(tab, staff_viewer(context["request"].user))


@register.simple_tag(takes_context=True)
def approval(context: dict[str, Any], row: StaffAction) -> dict[str, Any]:
    """`words` describes a pending action, `may` says whether the current user may decide it."""
    return {"words": describe_planned_action(row), "may": can_approve(row, context["request"].user)}
