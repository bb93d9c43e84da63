"""A folder of papers becomes passages: cut where their authors cut them."""

from pathlib import Path

import pytest

from rag.reading.chunks import MAX_CHUNK_LENGTH, chunk_markdown, chunk_text
from rag.reading.files import UnreadableFile, find_files, parse_file
from rag.reading.normalize import passage_digest
from tests.rag.document_fixtures import make_pdf

HOUSE_RULES = """# House rules

Be kind.

## Smoking

Outside, under the awning.

### Vapes

The same.

Coats
-----

On the hooks.

```
# not a heading
```
"""


def test_each_heading_is_a_passage_and_knows_what_stands_above_it():
    found = chunk_markdown(HOUSE_RULES, "rules")

    assert [(one.title, one.context) for one in found] == [
        ("House rules", ""),
        ("Smoking", "House rules"),
        ("Vapes", "House rules › Smoking"),
        ("Coats", "House rules"),
    ]
    assert "# not a heading" in found[-1].text


def test_text_before_any_heading_is_called_after_its_file():
    assert chunk_markdown("Just a note.\n", "late shift")[0].title == "late shift"


def test_marks_of_emphasis_and_links_are_not_read_aloud():
    (found,) = chunk_markdown("**Always** ask [the boss](https://bar.example/boss).", "note")

    assert found.text == "Always ask the boss."


def test_a_question_and_its_answer_stay_together():
    (found,) = chunk_text("Q: May I bring a cake?\n\nA: Gladly, if you share it.", "faq")

    assert "cake" in found.text
    assert "share" in found.text


def test_long_paragraphs_are_passages_of_their_own():
    long = ["word " * 60 + f"number {number}." for number in range(3)]

    assert len(chunk_text("\n\n".join(long), "diary")) == 3


def test_a_paragraph_without_end_is_cut_between_sentences_with_one_said_again():
    sentences = [f"Sentence number {number} says something about evening {number}." for number in range(60)]

    found = chunk_text(" ".join(sentences), "diary")

    assert all(len(one.text) <= MAX_CHUNK_LENGTH for one in found)
    assert found[0].text.split(". ")[-1].strip(".") in found[1].text
    assert all(any(sentence in one.text for one in found) for sentence in sentences)


def test_a_word_without_end_is_cut_too():
    assert all(len(one.text) <= MAX_CHUNK_LENGTH for one in chunk_text("x" * 5_000, "noise"))


def test_the_same_words_are_the_same_passage_however_they_are_written():
    assert passage_digest("Dogs", "Dogs are\n welcome.") == passage_digest("dogs", "dogs are welcome.")
    assert passage_digest("Dogs", "Dogs are welcome.") != passage_digest("Dogs", "Cats are welcome.")


def test_a_line_of_json_is_a_passage_and_a_bad_line_is_named():
    ice, sing = b'{"title": "Ice", "text": "It is clear."}', b'{"question": "Sing?", "answer": "On Fridays."}'
    rows = b"\n".join([ice, b"", b"not json", sing, b"{}"])

    read = parse_file(Path("facts.jsonl"), rows)

    assert [(one.title, one.text) for one in read.chunks] == [
        ("Ice", "It is clear."),
        ("Sing?", "On Fridays."),
    ]
    assert [line.split(":")[0] for line in read.skipped] == ["line 3", "line 5"]


def test_a_pdf_is_read_page_by_page_and_its_lines_are_joined_again():
    paper = make_pdf(["The cellar is old and it was", "dug by monks."], ["The roof is new."])

    read = parse_file(Path("the_house.pdf"), paper)

    assert [one.title for one in read.chunks] == ["the house, page 1", "the house, page 2"]
    assert "it was dug by monks." in read.chunks[0].text


def test_what_stands_at_the_head_of_a_file_holds_for_all_of_it():
    read = parse_file(Path("a.md"), b"---\ntags: [gin]\nreview_on: 2027-01-01\n---\n# Gin\nJuniper.")

    assert read.metadata["tags"] == ["gin"]
    assert str(read.metadata["review_on"]) == "2027-01-01"
    assert read.chunks[0].title == "Gin"


BROKEN = {
    "bytes.txt": b"\xff\xfe\x00broken",
    "zeros.md": b"words\x00words",
    "head.md": b"---\n: : [\n---\nwords",
    "lines.jsonl": b"no json at all\n",
    "list.jsonl": b"[1, 2]\n",
    "cut.pdf": make_pdf(["words"])[:60],
    "empty.pdf": b"",
    "noise.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 8,
    "scan.pdf": make_pdf([]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(name):
    with pytest.raises(UnreadableFile, match=r"it|line|lines"):
        parse_file(Path(name), BROKEN[name])


def test_hidden_files_links_and_other_kinds_are_left_alone(tmp_path):
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.TXT").write_text("a")
    (tmp_path / ".secret.md").write_text("s")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.md").write_text("c")
    (tmp_path / "picture.png").write_bytes(b"png")
    (tmp_path / "link.md").symlink_to(tmp_path / "b.md")

    assert [path.name for path in find_files(tmp_path)] == ["b.md", "a.TXT"]
