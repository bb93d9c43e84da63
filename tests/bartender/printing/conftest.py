import pytest

from bartender.models.menu import MenuCategory
from bartender.models.printers import Printer
from tests.bartender.printing.pos_printer import PosPrinter


@pytest.fixture
def star(menu):
    """A CloudPRNT printer at the bar, which prints all tickets."""
    return Printer.objects.create(name="Bar", kind="cloudprnt")


@pytest.fixture
def machine():
    with PosPrinter() as machine:
        yield machine


@pytest.fixture
def pos(menu, machine):
    """A network printer at the taps, which prints all tickets."""
    return Printer.objects.create(name="Taps", kind="escpos", host="127.0.0.1", port=machine.port)


@pytest.fixture
def beers(menu):
    return MenuCategory.objects.get(name="Beer")
