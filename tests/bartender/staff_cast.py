"""Who stands behind the bar: Mo manages, Sam serves, Tess owns the place, Nat may log in and nothing more."""

from django.contrib.auth.models import Group, User
from django.test import Client

from bartender.records.visits import Visit
from bartender.services import bills
from bartender.staff import MANAGERS, STAFF
from payments import checkout
from payments.models import Payment
from tests.cast import cause


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


def show_the_bill(guest: Visit) -> str:
    """Asks to pay; what comes back is the nonce of the card."""
    card = bills.ask_to_pay(guest, cause()).payment
    assert card is not None
    return card.nonce


def pay(guest: Visit) -> None:
    bills.confirm_payment(guest, show_the_bill(guest))
    checkout.settle(Payment.objects.latest("id"), cause())
