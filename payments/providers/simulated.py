"""The simulated till: it takes no money and says so on its page."""

from django.urls import reverse

from payments.providers.base import Ask, Link


class SimulatedTill:
    name = "simulated"
    simulated = True

    def create_link(self, ask: Ask) -> Link:
        return Link(url=reverse("payments:till", args=[ask.payment]), reference=f"sim_{ask.payment}")

    def cancel_link(self, reference: str) -> bool:
        return True
