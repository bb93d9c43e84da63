"""Who stands behind the bar: Mo manages, Sam serves, Tess owns the place, Nat may log in and nothing more."""

from django.contrib.auth.models import Group, User
from django.test import Client

from bartender.staff import MANAGERS, STAFF


def hire(name: str, group: str = "", *, boss: bool = False) -> User:
    """Without a password: a test walks in by the back door, and no hash is computed."""
    person = User.objects.create_user(name, is_staff=True, is_superuser=boss)
    if group:
        person.groups.add(Group.objects.get(name=group))
    return person


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sam() -> Client:
    return as_(hire("sam", STAFF))


def mo() -> Client:
    return as_(hire("mo", MANAGERS))


def tess() -> Client:
    return as_(hire("tess", boss=True))


def nat() -> Client:
    return as_(hire("nat"))
