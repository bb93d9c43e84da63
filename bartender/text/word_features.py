"""What linear models read in a sentence: its words, their neighbours, and their letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def word_features(line: Sequence[str], sizes: Sequence[int], *, shortest: int) -> Iterator[str]:
    """Words, two and three neighbours, with gaps too, and runs of so many letters of words that have at least
    `shortest`. Classes like “<drink>” are not cut. Weights are learned over these: what changes here must be
    learned anew."""
    for at, word in enumerate(line):
        yield word
        if at:
            yield f"{line[at - 1]} {word}"
        if at > 1:
            yield f"{line[at - 2]} {line[at - 1]} {word}"
            yield f"{line[at - 2]} _ {word}"
        if at > 2:
            yield f"{line[at - 3]} _ _ {word}"
        if word[0] != "<" and len(word) >= shortest:
            marked = f"#{word}#"
            for size in sizes:
                yield from (marked[start : start + size] for start in range(len(marked) - size + 1))
