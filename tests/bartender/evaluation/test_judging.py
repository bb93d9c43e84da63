"""A scenario is played with a brain, and judged by the database and by the guest's ears."""

from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

from bartender.evaluation.registry import load_cases, scenario_files
from bartender.evaluation.text_match import contains_phrase
from bartender.models.visits import Ticket
from maya_site.core.errors import Refusal
from maya_site.core.evaluation import EvaluationOptions, Trial

HOUSE = EvaluationOptions(brain="house")


def tried(path: Path) -> list[Trial]:
    return [async_to_sync(case.run_once)() for case in load_cases(path, HOUSE)]


@pytest.fixture
def write(tmp_path: Path):
    def written(turns: str, kind: str = "conversation") -> Path:
        path = tmp_path / "evening.yaml"
        path.write_text(
            f"kind: {kind}\nscenarios:\n  - name: ada\n    about: ordering\n    turns:\n{turns}\n",
            encoding="utf-8",
        )
        return path

    return written


@pytest.mark.usefixtures("menu")
@pytest.mark.parametrize(
    "turns, wrong",
    [
        ("      - {say: two negronis, order: {Negroni: 2}, total: 22.00, says: 22.00}", ""),
        ("      - {say: two negronis, order: {Negroni: 3}}", "order is {'Negroni': 2}, not {'Negroni': 3}"),
        ("      - {say: two negronis, total: 21.00}", "total is $22.00, not $21.00"),
        ("      - {say: two negronis, tip: 1.00}", "tip is $0.00, not $1.00"),
        ("      - {say: two negronis, status: closing}", "status is open, not closing"),
        ("      - {say: two negronis, says: hippopotamus}", "“hippopotamus” was not said"),
        ("      - {say: two negronis, never: [22.00]}", "$22.00 was said"),
        ("      - {say: two negronis, phase: small_talk}", "phase is order_taking, not small_talk"),
        ("      - {say: two negronis, emotion: [upset, mixing]}", "emotion is happy, not upset or mixing"),
        ("      - {say: two negronis, calls: [get_bill]}", "no call of get_bill"),
        ("      - {say: two negronis, calls: [{add_to_order: {quantity: 3}}]}", "no call of add_to_order"),
        ("      - {say: two negronis, calls: [{add_to_order: {item: negroney}}]}", ""),
        ("      - {say: two negronis, not_called: [add_to_order]}", "add_to_order was called"),
        ("      - {say: two negronis, with_the_bar: {Negroni: 2}}", "with the bar is empty"),
        ("      - {tap: {item: Unicorn}}", "it was refused"),
        ("      - {tap: {item: Unicorn}, refused: true}", ""),
        ("      - {tap: {item: IPA}, refused: true}", "it was not refused"),
    ],
)
def test_what_is_wrong_is_named_and_what_is_right_passes(write, turns, wrong):
    [trial] = tried(write(turns))

    assert [one for one in trial.failures if wrong in one] if wrong else trial.failures == ()


@pytest.mark.usefixtures("menu")
def test_a_message_that_comes_twice_and_a_guest_who_interrupts_are_played_as_they_happen(write):
    [trial] = tried(
        write(
            "      - {say: an IPA, twice: true, order: {IPA: 1}}\n"
            "      - {say: a gin, stop: true, order: {IPA: 1, Gin: 1}}\n"
            "      - {press: place_order, with_the_bar: {IPA: 1, Gin: 1}}\n"
            "      - {staff: {begins: true}}"
        )
    )

    assert trial.failures == ()
    assert [ticket.status for ticket in Ticket.objects.all()] == [Ticket.Status.IN_PREP]


@pytest.mark.usefixtures("menu")
def test_a_model_that_misbehaves_is_played_as_the_file_says(write):
    lie = "      - {say: hi, model: [[I have put ten Negronis on your tab.]], never: put ten, order: {}}"
    [held] = tried(write(lie, kind="defence"))
    [seen] = tried(write(lie.replace("put ten", "on your tab"), kind="defence"))

    assert held.failures == ()
    assert "was said" in seen.failures[0]


@pytest.mark.parametrize(
    "turns, complaint",
    [
        ("      - say: hi\n        totl: 3", "line 7: scenarios.0.turns.0.totl: Extra inputs"),
        ("      - say: hi\n        calls: [pour_it]", "line 7: scenarios.0.turns.0.calls.0.tool"),
        ("      - say: hi\n        total: 1.005", "line 7: scenarios.0.turns.0.total: Value error, dollars"),
        ("      - say: hi\n        phase: drunk", "line 7: scenarios.0.turns.0.phase.0: Input should be"),
        ("      - say: hi\n        press: undo", "line 6: scenarios.0.turns.0: Value error, give one of"),
        ("      - say: hi\n        say: ho", "line 7: “say” stands here twice"),
        ("      - say: hi\n        model: [[hello]]", "only a file of kind “defence”"),
        ("      - say: [hi", "line"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_line_and_field(write, turns, complaint):
    with pytest.raises(Refusal) as refused:
        load_cases(write(turns), HOUSE)

    assert complaint in str(refused.value)
    assert str(refused.value).startswith("evening.yaml, line ")


def test_a_kind_that_nobody_judges_and_a_file_that_is_not_there_are_refused(tmp_path, write):
    with pytest.raises(Refusal, match="kind is “dreams”; it must be one of"):
        load_cases(write("      - say: hi", kind="dreams"), HOUSE)
    with pytest.raises(Refusal, match="no such file"):
        load_cases(tmp_path / "nowhere.yaml", HOUSE)


@pytest.mark.parametrize(
    "wanted, reply, said",
    [
        (22.00, "That's $22.00.", True),
        (22.00, "That's 22 dollars.", True),
        (22.00, "That comes to twenty-two dollars.", True),
        (22.00, "That's $122.00 or $22.50, 22%.", False),
        (26.40, "$26.40", True),
        (26.40, "26 dollars and 40 cents", True),
        (1300.00, "$1,300.00", True),
        ("ipa | lager", "An IPA, then.", True),
        ("ipa", "Tipated", False),
        ("don't know", "I don’t   know.", True),
    ],
)
def test_words_and_amounts_are_heard_however_they_are_written(wanted, reply, said):
    assert contains_phrase(wanted, reply) is said


def test_there_are_scenarios_enough_and_each_has_a_name_of_its_own():
    cases = [case for path in scenario_files() for case in load_cases(path, HOUSE)]

    names = {(case.theme, case.name) for case in cases}
    assert len(names) == len(cases) >= 200


@pytest.mark.slow
@pytest.mark.usefixtures("menu")
@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_the_house_brain_passes_what_maya_ships_with(path):
    every = 3 if path.parent.name == "defence" else 1  # all of them: manage.py evaluate
    failed = {
        case.name: trial.failures
        for case in load_cases(path, HOUSE)[::every]
        if (trial := async_to_sync(case.run_once)()).failures
    }

    assert failed == {}
