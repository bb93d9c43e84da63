"""What a member of staff is called: a login name is for staff, a first name for guests."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

NAMELESS_STAFF = gettext_noop("Somebody from the bar")


def name_for_guests(person: AbstractUser | None) -> str:
    """The first name; "Somebody from the bar", translated, where none is set. Never the login name."""
    return (person.first_name.strip() if person else "") or _(NAMELESS_STAFF)


def name_for_staff(person: AbstractUser | None) -> str:
    """The login name, "" for None."""
    return person.get_username() if person else ""
