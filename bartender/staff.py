"""Who may do what behind the bar. The code is the truth: every migrate sets the groups to exactly this."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission

STAFF = "Bar staff"
MANAGERS = "Bar managers"

LOOK_AT = {
    "bartender": (
        "visit turn orderline ticket menuitem menucategory modifiergroup modifier recipepart "
        "allergenfact menualias preference allergen staffdeed takeover ticketmove "
        "servingpolicy staffleave"
    ),
    "payments": "tab journal ledgerentry payment refund zreport",
    "rag": "document passage gap asked indexbuild",
}
# Of an item, staff write availability and description only: see MenuItemAdmin.staff_fields.
STAFF_CHANGE = {"bartender": "menuitem ticket", "rag": "passage gap"}
# What the house knows is written by whoever stands behind the bar.
STAFF_ADD = {"rag": "passage"}
MANAGE = {
    "bartender": (
        "menuitem menucategory modifiergroup modifier recipepart allergenfact menualias preference allergen"
    ),
    "rag": "passage gap",
}
HOUSE_RULES = {"bartender": "venue servingpolicy"}
# Not rows to write but things to do. Above the house's limit each needs a second person all the same.
STAFF_DO = {("bartender", f"{deed}_by_staff") for deed in ("void", "comp", "tender", "speak")}
# Whoever serves decides on age, alcohol and allergies.
STAFF_DO |= {("bartender", "decide_leave")}
MANAGERS_DO = {("bartender", "refund_by_staff"), ("bartender", "approve_deed"), ("payments", "close_day")}


def permissions(*verbs: str, on: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (app, f"{verb}_{model}") for app, models in on.items() for model in models.split() for verb in verbs
    }


MAY = {
    STAFF: permissions("view", on=LOOK_AT)
    | permissions("change", on=STAFF_CHANGE)
    | permissions("add", on=STAFF_ADD)
    | STAFF_DO
}
MAY[MANAGERS] = (
    MAY[STAFF]
    | MANAGERS_DO
    | permissions("add", "change", "delete", on=MANAGE)
    | permissions("view", "change", on=HOUSE_RULES)
    | permissions("add", on={"bartender": "servingpolicy"})
)


def set_groups(using: str = "default", **kwargs: Any) -> None:
    """After migrate, when the permissions exist. Twice is once."""
    everything = Permission.objects.using(using).filter(content_type__app_label__in=LOOK_AT)
    rows = everything.values_list("content_type__app_label", "codename", "pk")
    keys = {(app, codename): pk for app, codename, pk in rows}
    for name, allowed in MAY.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([keys[one] for one in allowed if one in keys])
