"""What a browser would send if nothing on an admin page was touched."""

from typing import Any

from django.forms import BaseForm


def form_data(page: Any) -> dict[str, Any]:
    """Every editable field of the page's form and of its inlines, as shown."""
    assert page.status_code == 200
    values = initial_values(page.context["adminform"].form)
    for inline in page.context["inline_admin_formsets"]:
        values |= initial_values(inline.formset.management_form)
        if not inline.has_change_permission:
            values[inline.formset.add_prefix("x").replace("x", "TOTAL_FORMS")] = 0
            continue
        for form in inline.formset.forms:
            values |= initial_values(form)
    return values


def initial_values(form: BaseForm) -> dict[str, Any]:
    values = {}
    for field in form:
        value = field.value()
        if value is None or value is False:
            continue
        values[field.html_name] = (
            [getattr(one, "pk", one) for one in value] if isinstance(value, list) else value
        )
    return values
