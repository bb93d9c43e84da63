"""Filters a language model's output down to speech: plain prose passes, everything else is dropped.

Models also write what was never meant to be heard: tool code, calls as JSON, thoughts, control tokens,
markdown, endless repetition, invisible characters. No list could name all of it. So a block (opened by a
fence, a tag, a brace or a call) is dropped with all that is in it; what is left of a line is dropped if it
reads as code; and of the rest only letters, digits and the punctuation of written speech stay.

Text comes in pieces cut anywhere and is read in the sentences of `SentenceSplitter`, so the cuts make no
difference. The rule-based brain's text is ours and is not filtered.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bartender.text.normalize import BIDI_CONTROLS, MEANINGFUL_SIGNS
from bartender.text.sentences import SentenceSplitter

PARAGRAPH_BREAK = "\n\n"
MAX_TURN_CHARS = 2_000  # letters of one turn: some two minutes of speech
MIN_REPEAT_WORDS = 3  # words; shorter sentences, as "Cheers!", may come a few times
MAX_SHORT_REPEATS = 2

_SPEAKABLE_PUNCTUATION = frozenset(".,;:!?¡¿'\"’‘“”«»()[]-–—…%&/+°") | MEANINGFUL_SIGNS
_ENDS = ".,;:!?…"

_BLOCK_START = re.compile(
    r"(?P<link>!?\[(?P<label>[^\[\]\n]*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))"
    r"|(?P<fence>`{3,}|~{3,})"
    r"|(?P<aside><\|channel\|>(?!\s*final\b))"
    # Known marks stand alone; any other tag opens a block.
    r"|(?P<mark><\|channel\|>\s*final\b|<\|[^<>|\n]{0,80}\|?>"
    r"|</?(?:ctrl\d+|unused\d+|\w*_of_\w+|eos|bos|pad|unk|s)>|<(?:br|hr|wbr)\s*/?>"
    r"|</?(?:b|i|u|em|strong|mark|small|span)(?:\s[^<>]*)?>|<(?:https?|mailto):[^<>\s]*>)"
    r"|(?P<closing></[A-Za-z][^<>\n]{0,60}>?)"
    r"|(?P<comment><!--)"
    r"|<(?P<tag>[A-Za-z][\w.-]*)[^<>]*>?"
    r"|(?P<data>\{|\[(?=\s*[\"'{\[\d-]))"
    r"|(?P<words>\[[^\W\d_]+(?: [^\W\d_]+)+\])"  # an aside in a sentence
    r"|(?P<bracket>\[[^\[\]\n]*\])"
    r"|(?P<call>(?<![\w.])[A-Za-z_][\w.:]*\((?!e?s\)))"
)
_FENCE_ENDS = {"`": re.compile("`{3,}"), "~": re.compile("~{3,}")}
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\s*(?:<\|message\|>)?")
_COMMENT_ENDS = re.compile("-->")
_PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\n")
_NOT_CODE = re.compile(r"[A-Z][^\W\d_]+\([^=\"'_{}\[\]<>]+\)")  # "Negroni(equal parts of three)"
_CODE = re.compile(
    r"\w_\w|[A-Za-z]\w*\s*[-+*/]?=|=>|->|::|[{}]|;\s*$|\"\w+\"\s*:\s*[\"\[{\d]|\b[a-z]{2,}[A-Z]\w+"
    r"|^\s*import \w+\s*$|^\s*from \S+ import"
)
_EMPHASIS = re.compile(r"\*\*|(?<!\w)__|__(?!\w)")
_BARE_WORD = re.compile(r"\s*[a-z_]{2,20}:?\s*")  # the name of a language or of a role, alone on its line
_THOUGHT_LABEL = re.compile(r"\s*(?:thoughts?|thinking|analysis|reasoning)\s*:?\s*", re.IGNORECASE)
_HORIZONTAL_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}")
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+[\s:|-]*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_BULLET = re.compile(r"\s*(?:[-*+•·–]|\d{1,2}[.)])\s+")
_QUOTE = re.compile(r"\s*(?:>\s?)+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_OVERLONG_WORD = re.compile(r"\S{46,}")
_WIDE_SPACE = re.compile(r"(?<! )  (?! )")
_REPEATED_PHRASE = re.compile(r"(?<!\w)(\w[^.!?]{2,60}?)(?:[\s,;]+\1(?!\w)){3,}", re.IGNORECASE)


def strip_invisible(text: str) -> str:
    """Removes invisible characters and replaces wide or ornamental letters by plain ones. Bidirectional
    controls stay, because the claim gate withholds every sentence that has one."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_char, text))


def _visible_char(char: str) -> str:
    if char in "\n\r\x85\u2028\u2029\v\f":
        return "\n" if char != "\r" else ""
    category = unicodedata.category(char)
    if category.startswith("Z") or char == "\t":
        return " "
    if category.startswith("C"):
        # Left for the claim gate, which withholds such a sentence.
        return char if BIDI_CONTROLS.match(char) else ""
    if ord(char) < 0x100:
        return char
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() else char


def _is_speakable(char: str) -> bool:
    kind = unicodedata.category(char)
    return (
        kind[0] in "LN"
        or kind == "Sc"
        or char in _SPEAKABLE_PUNCTUATION
        or char in " \n"
        or BIDI_CONTROLS.match(char) is not None
    )


@dataclass
class _BracketMatcher:
    """Finds the end of a block with nested brackets and quoted text in it. Each call takes the next piece of
    text and returns where the block ends in it, or -1."""

    openers: str
    closers: str
    quote_chars: str
    depth: int = 0
    open_quote: str = ""
    is_escaped: bool = False

    def __call__(self, text: str) -> int:
        for place, char in enumerate(text):
            if self.open_quote:
                self._read_quoted(char)
            elif char in self.quote_chars:
                self.open_quote = char
            else:
                self.depth += (char in self.openers) - (char in self.closers)
                if self.depth <= 0:
                    return place + 1
        return -1

    def _read_quoted(self, char: str) -> None:
        if self.is_escaped or char == "\\":
            self.is_escaped = not self.is_escaped
        elif char == self.open_quote:
            self.open_quote = ""


BlockEndFinder = Callable[[str], int]


def _ends_with_pattern(pattern: re.Pattern[str]) -> BlockEndFinder:
    def ends(text: str) -> int:
        found = pattern.search(text)
        return found.end() if found else -1

    return ends


def _block_end_finder(found: re.Match[str]) -> BlockEndFinder | None:
    """Finds the end of the block that is opened here; None for a mark that stands alone."""
    match found.lastgroup:
        case "fence":
            return _ends_with_pattern(_FENCE_ENDS[found[0][0]])
        case "aside":
            return _ends_with_pattern(_FINAL_CHANNEL)
        case "comment":
            return _ends_with_pattern(_COMMENT_ENDS)
        case "tag" if not found[0].endswith("/>"):
            return _ends_with_pattern(re.compile(rf"</{re.escape(found['tag'])}\b[^<>]*>?", re.IGNORECASE))
        case "data":
            return _BracketMatcher("{[", "}]", '"')
        case "call":
            return _BracketMatcher("(", ")", "\"'")
    return None


@dataclass
class SpeakableTextFilter:
    """Filters one round of a model. `chars_left`: how many characters the turn may still say."""

    chars_left: int = MAX_TURN_CHARS
    is_stopped: bool = False  # it repeated itself or said too much: the rest is dropped
    _splitter: SentenceSplitter = field(default_factory=SentenceSplitter)
    _find_block_end: BlockEndFinder | None = None
    _is_line_start: bool = True
    _sentence_counts: Counter[str] = field(default_factory=Counter)

    def feed(self, text: str) -> str:
        """What may be said now: whole sentences, each with the white space that shows its end."""
        return "".join(map(self._filter_sentence, self._splitter.feed(strip_invisible(text))))

    def close(self) -> str:
        return "".join(map(self._filter_sentence, self._splitter.close()))

    def _filter_sentence(self, sentence: str) -> str:
        if self.is_stopped:
            return ""
        text = self._strip_blocks(html.unescape(sentence) if "&" in sentence else sentence)
        ends_a_line = sentence.endswith("\n")
        begins, self._is_line_start = self._is_line_start, ends_a_line
        said = self._drop_repeats(_speakable_chars(self._join_lines(text, begins)))
        if not any(map(str.isalnum, said)):
            return ""
        if len(said) >= self.chars_left:
            self.is_stopped = True
            # A sentence is cut only if it is the first and longer than a whole turn may be.
            said = said[: self.chars_left].rpartition(" ")[0] if self.chars_left == MAX_TURN_CHARS else ""
        self.chars_left -= len(said) + 1
        return f"{said}{PARAGRAPH_BREAK if ends_a_line else ' '}" if said else ""

    def _strip_blocks(self, text: str) -> str:
        text_outside, at = "", 0
        while at < len(text):
            if self._find_block_end:
                end = self._find_block_end(text[at:])
                if end < 0:
                    return text_outside
                self._find_block_end, at = None, at + end
            found = _BLOCK_START.search(text, at)
            if not found:
                return text_outside + text[at:]
            text_outside += text[at : found.start()]
            at = found.end()
            text_outside, at = self._open_block(found, text_outside, text, at)
        return text_outside

    def _open_block(self, found: re.Match[str], outside: str, text: str, at: int) -> tuple[str, int]:
        kind = found.lastgroup
        if kind == "link":
            return outside + found["label"], at
        if kind == "words":
            return outside + found[0], at
        if kind == "closing":
            return "", at  # its beginning was not seen, so all before it may belong to it
        if kind == "call" and (prose := _NOT_CODE.match(text, found.start())):
            return outside + prose[0], prose.end()
        self._find_block_end = _block_end_finder(found)
        # A _BracketMatcher must see the first bracket itself.
        return outside, {"data": found.start(), "call": at - 1}.get(kind or "", at)

    def _join_lines(self, text: str, is_line_start: bool) -> str:
        """Turns lines into prose: a heading becomes a sentence; list items and table cells get commas."""
        said = ""
        lines = text.split("\n")
        for number, line in enumerate(lines):
            starts = is_line_start or number > 0
            last = number == len(lines) - 1
            if starts and not last and _THOUGHT_LABEL.fullmatch(line):
                self._find_block_end = _ends_with_pattern(_PARAGRAPH_ENDS)
                rest = "\n".join(["", *lines[number + 1 :]])
                return f"{said} {self._join_lines(self._strip_blocks(rest), True)}"
            line_text, apart, ends = _parse_line(
                line, is_line_start=starts, is_complete_line=starts and not last
            )
            if not line_text:
                continue
            said = _with_end_mark(said, ",") if apart and said else said
            between = " " if apart or ends or not said else "\n"  # plain lines stay lines
            said = f"{said}{between}{_with_end_mark(line_text, '.') if ends else line_text}"
        return said

    def _drop_repeats(self, text: str) -> str:
        if found := _REPEATED_PHRASE.search(text):
            self.is_stopped = True
            text = text[: found.end(1)]
        words = re.findall(r"\w+", text.casefold())
        key = " ".join(words)
        self._sentence_counts[key] += 1
        if self._sentence_counts[key] > (1 if len(words) >= MIN_REPEAT_WORDS else MAX_SHORT_REPEATS):
            self.is_stopped = True
            return ""
        return text


def _parse_line(line: str, *, is_line_start: bool, is_complete_line: bool) -> tuple[str, bool, bool]:
    """Returns the line's words, whether a comma stands before them, and whether they need a full stop."""
    if is_line_start and (
        _HORIZONTAL_RULE.fullmatch(line)
        or _TABLE_RULE.fullmatch(line)
        or (is_complete_line and _BARE_WORD.fullmatch(line))
    ):
        return "", False, False
    # An address is left for the claim gate: it may be offered as a payment link.
    if _CODE.search(_EMPHASIS.sub("", _ADDRESS.sub("", line))):
        return "", False, False
    line = _QUOTE.sub("", line, count=1) if is_line_start and _QUOTE.match(line) else line
    if is_line_start and (heading := _HEADING.match(line)):
        return line[heading.end() :].rstrip(" #"), False, True
    item = _BULLET.match(line) if is_line_start else None
    line = line[item.end() :] if item else line
    if is_line_start and line.lstrip().startswith("|"):
        cells = [cell.strip() for cell in line.split("|") if cell.strip()]
        return ", ".join(cells), True, False
    return line.strip(), item is not None, False


def _with_end_mark(text: str, mark: str) -> str:
    bare = text.rstrip().rstrip("*_~`")
    return text if not bare or bare[-1] in _ENDS else f"{bare}{mark}"


def _speakable_chars(text: str) -> str:
    """Drops characters that cannot be spoken, and words that are too long to be words."""
    characters = "".join(filter(_is_speakable, unicodedata.normalize("NFC", text.replace("|", ", "))))
    return "\n".join(filter(None, map(_pronounceable_text, characters.replace("()", " ").split("\n"))))


def _pronounceable_text(line: str) -> str:
    """Wide gaps stay: between spaced-out letters they tell the claim gate where words end."""
    return _WIDE_SPACE.sub(" ", _OVERLONG_WORD.sub("", line)).strip()


def to_speakable(text: str) -> str:
    """The speakable part of a complete text that no claim gate checks."""
    prose = SpeakableTextFilter()
    said = BIDI_CONTROLS.sub("", prose.feed(text) + prose.close())
    return re.sub(" +", " ", said).strip()
