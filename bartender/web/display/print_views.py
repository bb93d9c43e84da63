"""Paper on the bar display: print a receipt or a bill, and say what became of a paper nobody is sure of."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bartender.models.printers import PrintJob
from bartender.services.printing import jobs
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_post, staff_user
from bartender.web.display.fragments import PRINT
from payments.models import Tab


class PrintForm(forms.Form):
    """The value of a button of `print_choices`."""

    printer = forms.RegexField(r"^\d{1,18}:\d{1,10}$")


class PrintAgainForm(forms.Form):
    """How many copies there were on the page: two presses make one more."""

    copies = forms.IntegerField(min_value=0, max_value=9999)


@staff_post(PRINT, page="staff_tab")
def print_tab(request: HttpRequest, code: str, tab: str) -> ActionResult:
    found = get_object_or_404(Tab, code=tab, visit_code=code)
    choice = parse_form(PrintForm, request).cleaned_data["printer"]
    return f"{jobs.print_chosen(found, choice, cast(User, staff_user(request)))}: on its way.", ""


@staff_post(PRINT)
def confirm_paper(request: HttpRequest, number: int) -> ActionResult:
    job = jobs.confirm_printed(get_object_or_404(PrintJob, pk=number), cast(User, staff_user(request)))
    return f"{job}: it is there.", ""


@staff_post(PRINT)
def print_paper_again(request: HttpRequest, number: int) -> ActionResult:
    form, job = parse_form(PrintAgainForm, request), get_object_or_404(PrintJob, pk=number)
    copy = jobs.print_again(job, cast(User, staff_user(request)), form.cleaned_data["copies"])
    return f"{copy}: a copy is on its way.", ""
