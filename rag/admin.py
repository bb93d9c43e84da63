"""Admin pages for the memory. A change is in every server's memory within five seconds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, TabularInline, redirect_back
from rag.forms import PassageForm
from rag.models import Document, Gap, IndexBuild, Passage, UnansweredQuestion
from rag.publishing import get_staff_notes_document, mark_knowledge_changed
from rag.search import search_passages

MAX_TRIED_QUESTIONS = 40


@admin.register(Passage)
class PassageAdmin(ModelAdmin[Passage]):
    form = PassageForm
    list_display = ("title", "source", "author", "review_on", "updated_at", "published", "one_click")
    list_filter = ("published", "document__origin", "edited", "review_on")
    list_select_related = ("document",)
    search_fields = ("title", "text", "tags", "source", "author")
    search_help_text = "Title, text, tag, source or author"
    date_hierarchy = "review_on"
    list_per_page = 50
    show_full_result_count = False
    fields = ("title", "text", "source", "tags", "author", "review_on", "published", "reads", "found_by")
    readonly_fields = ("reads", "found_by")
    actions = ("publish", "take_back")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("try/", wrap(self.try_question), name="rag_passage_try"),
            path("<int:pk>/publish/", wrap(self.set_published), name="rag_passage_publish"),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description="Maya says")
    def reads(self, passage: Passage) -> SafeString:
        """The passage as a guest sees it: the text, and the mark that links to it."""
        if passage._state.adding:
            return format_html("{}", "Save it to see how it reads.")
        return format_html(
            '<blockquote class="as-said">{}<footer>{}</footer></blockquote>', passage.text, passage.title
        )

    @admin.display(description="Found by")
    def found_by(self, passage: Passage) -> SafeString:
        """The guests' questions that lead to this passage now."""
        if passage._state.adding:
            return format_html("{}", "")
        terms = [
            passage.title,
            *UnansweredQuestion.objects.values_list("text", flat=True)[:MAX_TRIED_QUESTIONS],
        ]
        hits = [text for text in terms if any(one.id == passage.pk for one in search_passages(text))]
        rows = format_html_join("", "<li>{}</li>", ((text,) for text in hits))
        link = format_html('<a href="{}">Try a question</a>', reverse("admin:rag_passage_try"))
        return format_html("<ul>{}</ul>{}", rows, link)

    def try_question(self, request: HttpRequest) -> HttpResponse:
        """What a question finds, as Maya would find it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        question = request.GET.get("q", "")[:300]
        context = self.admin_site.each_context(request) | {
            "title": "Try a question",
            "question": question,
            "found": search_passages(question, 5) if question else [],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/rag/try.html", context)

    @admin.display(description="publish")
    def one_click(self, passage: Passage) -> str:
        return format_html(
            '<button type="submit" class="one-click {}" formmethod="post" formaction="{}" name="published"'
            ' value="{}" title="{} {}">{}</button>',
            "off" if passage.published else "on",
            reverse("admin:rag_passage_publish", args=[passage.pk]),
            "0" if passage.published else "1",
            "Take back:" if passage.published else "Publish:",
            passage.title,
            "Take back" if passage.published else "Publish",
        )

    @method_decorator(require_POST)
    def set_published(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publishes or takes back, as the button says, so a second click changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        get_object_or_404(Passage, pk=pk)
        self._set_published(
            request, Passage.objects.filter(pk=pk), published=request.POST.get("published") == "1"
        )
        return redirect_back(request, Passage)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Passage]) -> None:
        self._set_published(request, queryset, published=True)

    @admin.action(description="Take back", permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Passage]) -> None:
        self._set_published(request, queryset, published=False)

    @transaction.atomic
    def _set_published(self, request: HttpRequest, queryset: QuerySet[Passage], *, published: bool) -> None:
        rows = list(queryset.exclude(published=published))
        Passage.objects.filter(pk__in=[row.pk for row in rows]).update(published=published, edited=True)
        done = "Published" if published else "Taken back"
        for row in rows:
            self.log_change(request, row, done)
        if rows:
            mark_knowledge_changed()
        names = ", ".join(row.title for row in rows)
        self.message_user(
            request,
            f"{done}: {names}." if names else "That was done already.",
            messages.SUCCESS if names else messages.INFO,
        )

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Passage, form: Any, change: bool) -> None:
        if not change:
            obj.document = get_staff_notes_document()
        obj.edited = True
        obj.author = obj.author or request.user.get_username()
        super().save_model(request, obj, form, change)
        if (gap := request.GET.get("gap", "")).isdecimal():  # it was written to answer this
            Gap.objects.filter(pk=gap).update(status=Gap.Status.ANSWERED, passage=obj)
        mark_knowledge_changed()

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Passage) -> None:
        super().delete_model(request, obj)
        mark_knowledge_changed()

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Passage]) -> None:
        super().delete_queryset(request, queryset)
        mark_knowledge_changed()


class UnansweredQuestionInline(ReadOnlyAdminMixin, TabularInline[UnansweredQuestion, Gap]):
    model = UnansweredQuestion
    extra = 0
    fields = ("text", "count", "last_seen_at")
    readonly_fields = fields


@admin.register(Gap)
class GapAdmin(ModelAdmin[Gap]):
    """Questions that nothing answered, grouped by likeness, without who asked."""

    list_display = ("question", "count", "last_seen_at", "status", "write_it")
    list_filter = ("status",)
    list_select_related = ("passage",)
    search_fields = ("question", "wordings__text")
    show_full_result_count = False
    inlines = (UnansweredQuestionInline,)
    actions = ("dismiss", "reopen")
    fields = ("question", "count", "status", "passage", "first_seen_at", "last_seen_at", "write_it")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Gap | None = None) -> bool:
        return False

    @admin.display(description="answer")
    def write_it(self, gap: Gap) -> SafeString:
        """Leads to a new passage, with the question on top."""
        if gap.passage_id:
            where = reverse("admin:rag_passage_change", args=[gap.passage_id])
            return format_html('<a href="{}">Read the passage</a>', where)
        return format_html(
            '<a class="button" href="{}?{}">Write the passage</a>',
            reverse("admin:rag_passage_add"),
            urlencode({"gap": gap.pk, "title": gap.question}),
        )

    @admin.action(description="Dismiss: not for us", permissions=["change"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Gap]) -> None:
        queryset.filter(status=Gap.Status.OPEN).update(status=Gap.Status.DISMISSED)

    @admin.action(description="Open again", permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Gap]) -> None:
        queryset.update(status=Gap.Status.OPEN, passage=None)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdminMixin, ModelAdmin[Document]):
    list_display = ("path", "origin", "read_at")
    list_filter = ("origin",)
    search_fields = ("path",)


@admin.register(IndexBuild)
class IndexBuildAdmin(ReadOnlyAdminMixin, ModelAdmin[IndexBuild]):
    list_display = ("built_at", "passages", "stores", "embedder", "seconds", "note")
