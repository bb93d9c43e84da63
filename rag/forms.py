"""The form for a passage that is written by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from maya_site.core.model_admin import ModelForm
from rag.models import Passage
from rag.reading.normalize import strip_invisible


class TagsField(forms.CharField):
    """ "drinks, gin" on the page, ["drinks", "gin"] in the row."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return list(
            dict.fromkeys(word.strip().lower() for word in super().clean(value).split(",") if word.strip())
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data) != (initial or []))


class PassageForm(ModelForm[Passage]):
    tags = TagsField(required=False, help_text="By commas.")

    class Meta:
        model = Passage
        fields = ("title", "text", "source", "tags", "author", "review_on", "published")

    def clean_title(self) -> str:
        return " ".join(strip_invisible(self.cleaned_data["title"]).split())

    def clean_text(self) -> str:
        return strip_invisible(self.cleaned_data["text"]).strip()
