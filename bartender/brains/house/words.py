"""The words of the house brain's grammar that are not on any menu: numbers, manners, and the world's other drinks."""

from __future__ import annotations

from pathlib import Path

SMALL_NUMBERS = {
    word: value
    for value, words in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
    for word in [words]
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
PHRASE_NUMBERS = {
    "half a dozen": 6,
    "half dozen": 6,
    "a dozen": 12,
    "one dozen": 12,
    "dozen": 12,
    "two dozen": 24,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "couple": 2,
    "a pair of": 2,
    "pair of": 2,
    "a brace of": 2,
    "a single": 1,
    "a hundred": 100,
    "a thousand": 1_000,
    "a million": 1_000_000,
    "a billion": 1_000_000_000,
    "a gazillion": 1_000_000_000,
    "a bajillion": 1_000_000_000,
    "a zillion": 1_000_000_000,
    "hundreds of": 100,
    "thousands of": 1_000,
    "millions of": 1_000_000,
    "dozens of": 48,
    "infinite": 1_000_000_000,
    "infinity": 1_000_000_000,
    "unlimited": 1_000_000_000,
    "triple digit": 100,
}
ARTICLES = {"a", "an", "one"}
VAGUE_NUMBERS = {
    "a few",
    "few",
    "a few of",
    "several",
    "a bunch of",
    "a load of",
    "loads of",
    "lots of",
    "a lot of",
    "plenty of",
}
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "last": -1,
    "latter": -1,
    "former": 1,
}

CONTRACTIONS = {
    "i'd": "i would",
    "i'll": "i will",
    "i'm": "i am",
    "i've": "i have got",
    "we'd": "we would",
    "we'll": "we will",
    "we're": "we are",
    "we've": "we have got",
    "you'd": "you would",
    "you'll": "you will",
    "you're": "you are",
    "you've": "you have",
    "he's": "he is",
    "she's": "she is",
    "he'll": "he will",
    "she'll": "she will",
    "they'll": "they will",
    "they're": "they are",
    "she'd": "she would",
    "he'd": "he would",
    "they'd": "they would",
    "it's": "it is",
    "it'll": "it will",
    "that's": "that is",
    "that'll": "that will",
    "that'd": "that would",
    "what's": "what is",
    "whats": "what is",
    "what're": "what are",
    "what'll": "what will",
    "where's": "where is",
    "wheres": "where is",
    "who's": "who is",
    "whos": "who is",
    "how's": "how is",
    "hows": "how is",
    "how're": "how are",
    "here's": "here is",
    "there's": "there is",
    "let's": "let us",
    "lets": "let us",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "doesnt": "does not",
    "didn't": "did not",
    "didnt": "did not",
    "won't": "will not",
    "wont": "will not",
    "wouldn't": "would not",
    "wouldnt": "would not",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "couldn't": "could not",
    "couldnt": "could not",
    "shouldn't": "should not",
    "isn't": "is not",
    "isnt": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "haven't": "have not",
    "hasn't": "has not",
    "ain't": "is not",
    "im": "i am",
    "ive": "i have got",
    "id": "i would",
    "ill": "i will",
    "thats": "that is",
    "youre": "you are",
    "gimme": "give me",
    "lemme": "let me",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "cuppa": "cup of",
    "pls": "please",
    "plz": "please",
    "plis": "please",
    "thx": "thanks",
    "ty": "thanks",
    "u": "you",
    "ur": "your",
    "r": "are",
    "cya": "bye",
    "nvm": "never mind",
    "nevermind": "never mind",
    "ok": "okay",
    "k": "okay",
    "kay": "okay",
    "'em": "them",
    "em": "them",
    "y'all": "you all",
    "'nother": "another",
    "nother": "another",
    "anotha": "another",
    "tryna": "trying to",
    "w/": "with",
    "w/o": "without",
    "w": "with",
    "bcoz": "because",
    "cos": "because",
    "cuz": "because",
}


ORDER_VERBS = (
    r"have|take|order|want|get|give|bring|pour|fix|grab|serve|add|need|put|fancy|love|like|go with|go for|start with|"
    r"hit (?:me|us)|set (?:me|us) up|hook (?:me|us) up|line up|rustle up|whip up|knock up|mix|fetch|try|stick|throw in|"
    r"send over|sort (?:me|us) out|do (?:me|us)|make (?:me|us|her|him|them)|treat|another|more|ring up|chuck"
)


def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in _lines(name) for word in line.split())


def _lines(name: str) -> list[str]:
    text = (Path(__file__).parent / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


MANNERS = _words("manners")
EVERYDAY = _words("everyday")
GRAMMAR_WORDS = _words("grammar")
OFF_MENU = frozenset(_lines("off_menu"))
