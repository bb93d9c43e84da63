"""What a tab's page in the admin offers to the person who looks at it."""

from typing import Any

from django import template
from django.db.models import QuerySet

from bartender.admin.deed_forms import offered
from bartender.records.deeds import StaffDeed
from payments.models import Tab

register = template.Library()


@register.simple_tag(takes_context=True)
def deeds_on(context: dict[str, Any], tab: Tab) -> list[tuple[str, str]]:
    return offered(tab, context["request"].user)


@register.simple_tag
def put_right(tab: Tab) -> QuerySet[StaffDeed]:
    return tab.deeds.select_related("asked_by", "decided_by")
