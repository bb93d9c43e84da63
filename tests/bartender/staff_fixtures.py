"""Who stands behind the bar: Mo manages, Sam serves, Tess owns the place, Nat may log in and nothing more."""

from django.contrib.auth.models import Group, User
from django.test import Client

from bartender.models.visits import Visit
from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP
from bartender.services import bills
from payments import checkout
from payments.models import Payment
from tests.guest_fixtures import make_context


def create_staff_user(name: str, group: str = "", *, boss: bool = False) -> User:
    """Without a password: a test walks in by the back door, and no hash is computed. A name is one person.

    Guests read the first name, which begins with a capital.
    """
    person = User.objects.filter(username=name).first()
    person = person or User.objects.create_user(
        name, first_name=name.capitalize(), is_staff=True, is_superuser=boss
    )
    if group:
        person.groups.add(Group.objects.get(name=group))
    return person


def client_for(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sam_client() -> Client:
    return client_for(create_staff_user("sam", STAFF_GROUP))


def mo_client() -> Client:
    return client_for(create_staff_user("mo", MANAGERS_GROUP))


def tess_client() -> Client:
    return client_for(create_staff_user("tess", boss=True))


def nat_client() -> Client:
    return client_for(create_staff_user("nat"))


def request_bill(guest: Visit) -> str:
    """Asks to pay; what comes back is the nonce of the card."""
    card = bills.request_bill(guest, make_context()).payment
    assert card is not None
    return card.nonce


def pay_bill(guest: Visit) -> None:
    bills.confirm_payment(guest, request_bill(guest))
    checkout.mark_paid(Payment.objects.latest("id"), make_context())
