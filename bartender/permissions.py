"""Groups and permissions of staff. Every migrate resets the groups to what stands here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User

STAFF_GROUP = "Bar staff"
MANAGERS_GROUP = "Bar managers"

STAFF_VIEW_MODELS = {
    "bartender": (
        "visit turn orderline ticket menuitem menucategory modifiergroup modifier recipepart "
        "ingredient ingredientallergenfact allergenfact modifierallergenfact menualias preference allergen "
        "stockmovement staffaction takeover ticketmove "
        "servingpolicy approval assistancerequest agentpairing agentcall area table seat "
        "taxclass taxrate bookaccount openinghours specialdate barswitch pricerule station printer printjob"
    ),
    "payments": "tab journal ledgerentry payment refund dispute moneynotice zreport drawerentry document",
    "rag": "document passage gap asked indexbuild",
}
# Of an item, only MenuItemAdmin.staff_fields: availability and description. Of an ingredient, availability.
# A money notice can only be acknowledged.
STAFF_CHANGE_MODELS = {
    "bartender": "menuitem ingredient ticket",
    "payments": "moneynotice",
    "rag": "passage gap",
}
# Staff may write passages of the memory, and enter deliveries, counts and losses.
STAFF_ADD_MODELS = {"bartender": "stockmovement", "rag": "passage"}
MANAGER_EDIT_MODELS = {
    "bartender": (
        "menuitem menucategory modifiergroup modifier recipepart ingredient ingredientallergenfact "
        "allergenfact modifierallergenfact menualias preference allergen area table seat "
        "taxclass taxrate bookaccount openinghours specialdate pricerule station printer"
    ),
    "rag": "passage gap",
}
POLICY_MODELS = {"bartender": "venue servingpolicy"}
# Of people, only whom `can_manage` allows, and only StaffAdmin.manager_fields: never rights.
PEOPLE_MODELS = {"auth": "user"}
MANAGER_VIEW_MODELS = {"bartender": "sharedscreen"}
# Actions, not models. Above the venue's limit each needs a second person as well.
STAFF_CUSTOM_PERMISSIONS = {
    ("bartender", f"{act}_by_staff") for act in ("void", "comp", "tender", "ring_in", "move")
}
# Takeovers, decisions on age, alcohol and allergies, and assistance requests are for all staff.
STAFF_CUSTOM_PERMISSIONS |= {
    ("bartender", "take_over_visit"),
    ("bartender", "decide_approval"),
    ("bartender", "answer_request"),
    ("bartender", "stop_agent"),
    ("bartender", "open_shared_screen"),
    ("bartender", "switch_bar"),
    ("bartender", "print_by_staff"),
    ("payments", "use_drawer"),
}
MANAGER_CUSTOM_PERMISSIONS = {
    ("bartender", "refund_by_staff"),
    ("bartender", "approve_staff_action"),
    ("payments", "close_day"),
    ("payments", "pay_out_of_drawer"),
    ("payments", "export_books"),
}


def model_permissions(*verbs: str, on: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (app, f"{verb}_{model}") for app, models in on.items() for model in models.split() for verb in verbs
    }


GROUP_PERMISSIONS = {
    STAFF_GROUP: model_permissions("view", on=STAFF_VIEW_MODELS)
    | model_permissions("change", on=STAFF_CHANGE_MODELS)
    | model_permissions("add", on=STAFF_ADD_MODELS)
    | STAFF_CUSTOM_PERMISSIONS
}
GROUP_PERMISSIONS[MANAGERS_GROUP] = (
    GROUP_PERMISSIONS[STAFF_GROUP]
    | MANAGER_CUSTOM_PERMISSIONS
    | model_permissions("add", "change", "delete", on=MANAGER_EDIT_MODELS)
    | model_permissions("view", "change", on=POLICY_MODELS)
    | model_permissions("add", on={"bartender": "servingpolicy"})
    | model_permissions("view", "add", "change", on=PEOPLE_MODELS)
    | model_permissions("view", on=MANAGER_VIEW_MODELS)
)


def has_manager_permissions(user: User) -> bool:
    """Whether a user may do anything beyond the staff group: refunds, second approvals, prices, policies."""
    if not user.is_active:
        return False
    more = {
        f"{app}.{codename}"
        for app, codename in GROUP_PERMISSIONS[MANAGERS_GROUP] - GROUP_PERMISSIONS[STAFF_GROUP]
    }
    return user.is_superuser or not more.isdisjoint(user.get_all_permissions())


def can_manage(person: User, other: User) -> bool:
    """Whether a person may change somebody's name, password and PIN, and end their work here.

    The owner may change everybody. A manager may change who is in the group of bar staff alone and has no
    right beyond it, also while they are removed: so nobody gets at more rights than their own, and nobody
    signs in as the second person who must agree with them.
    """
    if person.is_superuser or not person.has_perm("auth.change_user"):
        return person.is_superuser
    groups = set(other.groups.values_list("name", flat=True))
    return groups <= {STAFF_GROUP} and not (
        other.pk == person.pk or other.is_superuser or other.user_permissions.exists()
    )


def sync_groups(using: str = "default", **kwargs: Any) -> None:
    """A `post_migrate` receiver that sets the groups' permissions; safe to run repeatedly."""
    apps = {app for allowed in GROUP_PERMISSIONS.values() for app, _ in allowed}
    everything = Permission.objects.using(using).filter(content_type__app_label__in=apps)
    rows = everything.values_list("content_type__app_label", "codename", "pk")
    keys = {(app, codename): pk for app, codename, pk in rows}
    for name, allowed in GROUP_PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([keys[one] for one in allowed if one in keys])
