"""What guests say of themselves: heard where it is meant, and not where it is a question or a joke."""

import pytest

from bartender.serving.declared import age_in, allergies_in, says_only_that


@pytest.mark.parametrize(
    "said, names",
    [
        ("I'm allergic to nuts", ["nuts"]),
        ("I’m allergic to peanuts.", ["peanuts"]),
        ("im allergic to eggs", ["eggs"]),
        ("I am severely allergic to shellfish!", ["crustaceans"]),
        ("My wife is allergic to eggs and milk", ["eggs", "milk"]),
        ("we are both here and I am allergic to fish, sesame and soy", ["fish", "sesame", "soya"]),
        ("I have a nut allergy, what can I drink?", ["nuts"]),
        ("I've got a tree nuts allergy", ["nuts"]),
        ("I have an allergy to mustard", ["mustard"]),
        ("She has an intolerance to lactose", ["milk"]),
        ("I'm lactose intolerant", ["milk"]),
        ("I'm gluten sensitive", ["gluten"]),
        ("I'm coeliac", ["gluten"]),
        ("my friend is a celiac", ["gluten"]),
        ("I have celiac", ["gluten"]),
        ("I can't have gluten", ["gluten"]),
        ("I mustn't drink anything with sulfites", ["sulphites"]),
        ("nut allergy here", ["nuts"]),
        ("Allergic to celery", ["celery"]),
        ("Hi Maya, by the way I'm allergic to lupin", ["lupin"]),
        ("Two beers please. I'm allergic to nuts.", ["nuts"]),
        ("I'm not allergic to anything", []),
        ("No allergies here", []),
        ("nobody is allergic to nuts", []),
        ("What is fine for people allergic to nuts?", []),
        ("Are there nuts in the Negroni?", []),
        ("What if I was allergic to eggs?", []),
        ("I'm allergic to Mondays", []),
        ("A fish walks into a bar", []),
        ("Do you have milk?", []),
    ],
)
def test_an_allergy_is_heard(said, names):
    assert allergies_in(said) == names


@pytest.mark.parametrize(
    "said, all_of_it",
    [
        ("I'm allergic to nuts", True),
        ("Hi Maya, by the way, I'm allergic to nuts, please note", True),
        ("I'm allergic to nuts, can I have the daiquiri?", False),
        ("Two beers please. I'm allergic to nuts.", False),
    ],
)
def test_whether_there_is_more_to_answer(said, all_of_it):
    assert says_only_that(said) is all_of_it


@pytest.mark.parametrize(
    "said, state",
    [
        ("I'm 34", "declared"),
        ("I am over 21", "declared"),
        ("Yes, I'm over 21", "declared"),
        ("We're both of age", "declared"),
        ("I'm old enough", "declared"),
        ("im 21", "declared"),
        ("I'm 17", "refused"),
        ("I am only 16 years old", "refused"),
        ("I'm underage", "refused"),
        ("I'm not 21 yet", "refused"),
        ("I'm under 21", "refused"),
        ("I'm over 18", ""),  # true of somebody of nineteen, too
        ("I'm 12 beers in", ""),
        ("I'm 300", ""),
        ("21", ""),
        ("My son is 17", ""),
        ("I'll have 34", ""),
    ],
)
def test_an_age_is_heard(said, state):
    assert age_in(said, 21) == state
