"""Plays sentences that a model tells: lies must not reach the guest, honest sentences must.

A file is JSON lines. Each has the sentence (`lie` or `sentence`), the `tab` it is told at, the visit's
language (`lang`) and its `group`. The model tells it in pieces cut at random, and tells it again when it is
corrected. The guest listens on the frames of the live stream: as text, in sentences, and word by word as they
are spoken.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.utils.translation import override

from bartender.brains.base import BrainOutput, TextChunk, TurnContext
from bartender.conversation.turn import take_turn
from bartender.evaluation.player import create_visit
from bartender.facts import ToolResult
from bartender.facts.bill import BillRead
from bartender.facts.order import describe_tab
from bartender.models.visits import Visit
from bartender.realtime.playback import PlaybackTracker
from bartender.realtime.protocol import Frame, SendText
from bartender.realtime.speech_stream import SpeechStream
from bartender.realtime.turns import TurnFrames
from bartender.services import orders
from bartender.services.bills import Bill, bill_of
from bartender.speech.tts.base import BYTES_PER_MS, AudioChunk, SpeechEvent, WordStart
from bartender.speech.tts.normalize import to_spoken_words
from bartender.speech.tts.text_stream import TextStream
from bartender.text.normalize import normalize_text
from bartender.text.sentences import SentenceSplitter
from maya_site.core.errors import Refusal
from maya_site.core.evaluation import CaseResult, EvaluationOptions, Trial
from payments.ledger import OperationContext

SEED = 7
SINGLE_CHARACTERS_RATE = 0.3  # of the tries that come one character at a time
MAX_CUTS = 12
GUEST_TEXT = {"en": "What now?", "es": "¿Y ahora?"}
TABS: dict[str, tuple[str, ...]] = {"empty": (), "martini": ("Martini",)}


@dataclass(frozen=True)
class ModelSentence:
    text: str
    is_lie: bool
    tab: str
    language: str
    group: str


def sentence_cases(path: Path, options: EvaluationOptions) -> Sequence[SentenceCase]:
    return [SentenceCase(one) for one in read_sentences(path)]


def read_sentences(path: Path) -> list[ModelSentence]:
    """Raises Refusal, with the line, if the file cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Refusal(f"{path}: there is no such file to read.") from error
    return [_read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _read_line(path: Path, number: int, line: str) -> ModelSentence:
    try:
        row = json.loads(line)
        is_lie = "lie" in row
        found = ModelSentence(
            row["lie" if is_lie else "sentence"], is_lie, row["tab"], row["lang"], row["group"]
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal(
            f"{path.name}, line {number}: it must have “lie” or “sentence”, “tab”, “lang” and “group”."
        ) from error
    if found.tab not in TABS or found.language not in GUEST_TEXT:
        raise Refusal(
            f"{path.name}, line {number}: tab must be one of {', '.join(TABS)}, "
            f"and lang one of {', '.join(GUEST_TEXT)}."
        )
    return found


@dataclass(frozen=True)
class SentenceCase:
    sentence: ModelSentence

    @property
    def name(self) -> str:
        return self.sentence.text

    @property
    def theme(self) -> str:
        return f"{'lie' if self.sentence.is_lie else 'honest'}: {self.sentence.group}"

    @property
    def runs_alone(self) -> bool:
        return False

    async def run_once(self) -> Trial:
        sentence = self.sentence
        visit = await create_visit(sentence.language)
        await sync_to_async(_open_tab)(visit, sentence.tab)
        with override(sentence.language):
            guest = await _listen(visit, sentence)
            bill = await sync_to_async(bill_of)(visit)
            reached = {how: _reached(sentence, text, bill) for how, text in guest.received_texts().items()}
        failures = [
            f"the guest heard it {how}" if sentence.is_lie else f"the guest lost it {how}"
            for how, whether in reached.items()
            if whether == sentence.is_lie
        ]
        notes = {"told": sentence.text, "heard": guest.received_texts()}
        return Trial(tuple(failures), (), (guest.first_text_ms,), notes, guest.text())


def _open_tab(visit: Visit, tab: str) -> None:
    for item in TABS[tab]:
        cause = OperationContext(f"live:{uuid.uuid4().hex}", source="button")
        orders.add_line(visit, item, 1, [], cause)


class InsistentModel:
    """Says the same in every round, in other pieces."""

    name = "scripted"

    def __init__(self, text: str) -> None:
        self.text = text
        self.chance = random.Random(f"{SEED} {text}")

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        for piece in cut_at_random(self.text, self.chance):
            yield TextChunk(piece)


def cut_at_random(text: str, chance: random.Random) -> list[str]:
    if chance.random() < SINGLE_CHARACTERS_RATE:
        return list(text)
    cuts = sorted(chance.randrange(len(text) + 1) for _ in range(chance.randrange(1, MAX_CUTS)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) if start < end]


class SilentVoice:
    """Speaks at once: each word is a millisecond of silence."""

    name = "silent"
    display_name = "a silent voice"
    is_cooling_down = False

    async def warm_up(self) -> None: ...

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        async for phrase in script.iter_phrases():
            for word in range(phrase.first_word, phrase.end_word):
                yield WordStart(word, word)
                yield AudioChunk(bytes(int(BYTES_PER_MS)))


@dataclass
class ListeningGuest:
    """What a page with the sound on is sent."""

    frames: list[Frame] = field(default_factory=list)
    first_text_ms: float = 0.0

    def send_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def send_audio(self, pcm: bytes) -> None: ...

    def drop_audio(self) -> None: ...

    def send_bill(self, bill: Bill) -> None: ...

    def request_refresh(self) -> None: ...

    def update_brain(self, brain: str) -> None: ...

    def text(self) -> str:
        return "".join(self._texts("bot-llm-text")).strip()

    def received_texts(self) -> dict[str, str]:
        sentences = {one["data"]["segment_id"]: one["data"]["text"] for one in self._of("bot-output")}
        return {
            "as text": self.text(),
            "in sentences": " ".join(sentences.values()),
            "spoken": " ".join(self._texts("bot-tts-text")),
        }

    def _texts(self, kind: str) -> list[str]:
        return [str(frame["data"]["text"]) for frame in self._of(kind)]

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]


async def _listen(visit: Visit, sentence: ModelSentence) -> ListeningGuest:
    guest, id = ListeningGuest(), uuid.uuid4().hex
    said = GUEST_TEXT[sentence.language]
    speech = SpeechStream(
        id, SilentVoice(), guest, PlaybackTracker(has_reports=False), language=sentence.language
    )
    frames = TurnFrames(SendText(id=id, content=said), guest.send_frame, guest, speech)
    turn = cast(Any, take_turn(visit, said, id, InsistentModel(sentence.text)))
    async with aclosing(turn) as events:
        async for event in events:
            frames.handle_event(event)
    await speech.done.wait()
    guest.first_text_ms = (frames.first_text_seconds or 0.0) * 1000
    return guest


def _reached(sentence: ModelSentence, received: str, bill: Bill) -> bool:
    """An honest sentence reaches the guest whole; a lie with its longest sentence."""
    said = _letters(received)
    if not sentence.is_lie:
        return _is_received(sentence.text, sentence.language, said)
    so = _letters(f"{describe_tab(bill.lines)} {BillRead.of(bill).sentence()}")
    splitter = SentenceSplitter()
    longest = max((*splitter.feed(sentence.text), *splitter.close()), key=len)
    return any(
        _letters(one) not in so and _is_received(one, sentence.language, said)
        for one in (sentence.text, longest)
    )


def _is_received(text: str, language: str, said: str) -> bool:
    spoken = _spoken_letters(text, language)
    return _letters(text) in said or (bool(spoken) and spoken in said)


def _letters(text: str) -> str:
    """Letters and numbers; of a text of signs alone, such as “💳✅”, the signs."""
    return "".join(filter(str.isalnum, normalize_text(text))) or "".join(text.split())


def _spoken_letters(text: str, language: str) -> str:
    """As a voice reads it: numbers as words."""
    return _letters(" ".join(word.text for word in to_spoken_words(text, language)))


def format_reach_table(scores: Sequence[CaseResult]) -> Iterator[str]:
    """By group: how many lies reached the guest, and how many honest sentences did not."""
    for title, is_lie in (("lies that reached the guest", True), ("honest sentences lost", False)):
        rows: dict[str, list[bool]] = defaultdict(list)
        for score in scores:
            if isinstance(score.case, SentenceCase) and score.case.sentence.is_lie is is_lie:
                rows[score.case.sentence.group] += [bool(trial.failures) for trial in score.trials]
        if rows:
            yield f"{title:40} {'of':>5}"
            for group, found in sorted(rows.items()):
                yield _format_reach(f"  {group}", found)
            yield _format_reach("  all", [one for found in rows.values() for one in found])


def _format_reach(name: str, found: Sequence[bool]) -> str:
    return f"{name:34} {sum(found):5} {len(found):5} {sum(found) / len(found):8.1%}"
