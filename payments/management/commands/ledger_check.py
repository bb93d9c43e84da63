from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count

from payments import chain_proofs, invariants, ledger_checks
from payments.models import ChainAdoption, ChainStart, Journal, Tab


class Command(BaseCommand):
    help = (
        "Check every invariant of the ledger: journals balance, tabs equal their ledger, payments are booked "
        "once, nobody altered, added or removed a row of the chain. Read-only; exit code 1 if anything is "
        "wrong. Example: manage.py ledger_check --proof R-000123=ABCD-EFGH-IJKL-MNOP"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--tab", default="", help="only tabs whose code begins like this")
        parser.add_argument(
            "--record", action="store_true", help="show it to the monitors, as the daily check"
        )

        parser.add_argument(
            "--proof",
            action="append",
            default=[],
            metavar="NAME=PROOF",
            help="what is printed on a receipt or a Z report (R-000123=..., Z-12=...): is it this ledger's?",
        )

    def handle(self, *, tab: str, record: bool, proof: list[str], **options: Any) -> None:
        if proof:
            self._check_proofs(proof)
            return
        if record:
            if (check := ledger_checks.check_full()).violations:
                raise CommandError(f"{check.violations} violations, the first: {check.first_violation}")
            return
        tabs = Tab.objects.filter(code__startswith=tab)
        with transaction.atomic():
            checked, found = tabs.count(), list(invariants.check_tabs(tabs))
            found += [] if tab else invariants.check_ledger_totals()
        for violation in found:
            self.stdout.write(str(violation))
        if tab and not checked:
            raise CommandError(f"No tab has a code that begins with {tab}.")
        if found:
            raise CommandError(f"{len(found)} violations. Take the tabs named above out of service.")
        self.stdout.write(self.style.SUCCESS(f"{checked} tabs: the book is in order."))
        if not tab:
            self._describe_chain()

    def _check_proofs(self, proofs: list[str]) -> None:
        for name, _, printed in (one.partition("=") for one in proofs):
            if finding := chain_proofs.find_false_proof(name.strip(), printed):
                raise CommandError(finding)
            self.stdout.write(self.style.SUCCESS(f"{name.strip()}: the ledger has what was printed."))

    def _describe_chain(self) -> None:
        """By which keys, and what is older than the chain: that is as it was when it was adopted, no more."""
        keys = Journal.objects.exclude(chain_mac=None).order_by().values_list("chain_key")
        counted = [f"{many:,} by key {key}" for key, many in keys.annotate(many=Count("pk"))]
        adopted = ChainAdoption.objects.exclude(tab=None).order_by("reason").values_list("reason")
        counted += [
            f"{many:,} tabs “{why}”" for why, many in adopted.annotate(many=Count("tab", distinct=True))
        ]
        if not ChainStart.objects.exists():
            counted.append("the next checks adopt what is older")
        self.stdout.write(f"Journals in the chain: {', '.join(counted) or 'none'}.")
        if len(settings.LEDGER_KEYS) == 1:
            self.stdout.write(
                "LEDGER_KEY is empty: the chain is proven as long as SECRET_KEY stays as it is."
            )
