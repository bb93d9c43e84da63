"""Documents cut into passages, the indexes that were built of them, and questions that nothing answered."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rag.reading.normalize import passage_digest, strip_invisible


def new_stamp() -> str:
    return uuid.uuid4().hex


class Knowledge(models.Model):
    """One row with a stamp of the passages' state. Readers compare the stamp, not the passages."""

    code = models.CharField(max_length=32, default=new_stamp, editable=False, help_text="Names the folder.")
    version = models.CharField(max_length=32, default=new_stamp, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=1), name="one_knowledge"),
        ]

    def __str__(self) -> str:
        return self.version[:8]

    @classmethod
    def get_current(cls) -> Knowledge:
        return cls.objects.get_or_create(pk=1)[0]


class Document(models.Model):
    """Where passages come from: a file that was read, or the staff's own notes."""

    class Origin(models.TextChoices):
        BUILT_IN = "house", "the house's corpus"
        FOLDER = "folder", "a folder that was read"
        STAFF = "staff", "written in the admin"

    origin = models.CharField(max_length=6, choices=Origin)
    folder = models.CharField(max_length=500, blank=True, default="")
    path = models.CharField(max_length=700, unique=True)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    read_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["path"]

    def __str__(self) -> str:
        return self.path


class PassageQuerySet(models.QuerySet["Passage"]):
    def published(self) -> PassageQuerySet:
        return self.filter(published=True)


class Passage(models.Model):
    """One thing worth knowing, as Maya may say it. Prices and allergens are on the menu, never here."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=200)
    context = models.CharField(max_length=300, blank=True, default="", help_text="The headings above it.")
    text = models.TextField(max_length=6_000)
    source = models.CharField(max_length=700, blank=True, default="", help_text="Who or what says so.")
    tags = models.JSONField(default=list, blank=True)
    author = models.CharField(max_length=120, blank=True, default="")
    review_on = models.DateField(null=True, blank=True, help_text="When somebody should read it again.")
    published = models.BooleanField(default=True, db_index=True)
    digest = models.CharField(max_length=64, editable=False, db_index=True)
    file_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    edited = models.BooleanField(default=False, editable=False, help_text="Staff changed what the file says.")
    updated_at = models.DateTimeField(auto_now=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["document_id", "position", "id"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        # What nobody can see is not kept; one such character PostgreSQL would not take at all.
        self.title, self.text = strip_invisible(self.title), strip_invisible(self.text)
        self.digest = passage_digest(self.title, self.text)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class CachedEmbedding(models.Model):
    """A vector that an embedder has computed. Unchanged passages are not computed, or paid for, twice."""

    embedder = models.CharField(max_length=80)
    key = models.CharField(max_length=64, help_text="The hash of what was embedded.")
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["embedder", "key"], name="vector_once_per_text"),
        ]

    def __str__(self) -> str:
        return f"{self.embedder} {self.key[:8]}"


class IndexBuild(models.Model):
    """A build of the index, for the record."""

    embedder = models.CharField(max_length=80)
    stores = models.CharField(max_length=40)
    passages = models.PositiveIntegerField()
    seconds = models.FloatField()
    built_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.passages} passages, {self.stores}"


class Gap(models.Model):
    """A question that guests asked and nothing answered. It holds what was asked, never who asked."""

    class Status(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        DISMISSED = "dismissed"

    question = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    passage = models.ForeignKey(Passage, models.SET_NULL, null=True, blank=True, related_name="+")
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-count", "-last_seen_at"]

    def __str__(self) -> str:
        return self.question


class UnansweredQuestion(models.Model):
    """One wording of a gap, or a wording that is not in a gap yet."""

    gap = models.ForeignKey(Gap, models.CASCADE, null=True, blank=True, related_name="wordings")
    text = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1)
    last_seen_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "asked"
        ordering: ClassVar[list[str]] = ["-last_seen_at"]

    def __str__(self) -> str:
        return self.text
