"""The schema of a scenario file. A file that does not fit it is refused with the line and the field."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bartender.dialogue.types import Emotion, Phase
from bartender.tools import REGISTRY
from maya_site.core.errors import Refusal
from maya_site.core.yaml_lines import LineMapping, load_yaml_with_lines

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
CODE_RUN_TOOLS = ("confirm", "not_yet")  # a guest's answer to a bill: no tools, but stored like calls
ButtonName = Literal["place_order", "undo", "pay", "confirm", "not_yet", "till_approves", "till_declines"]


def _dollars_to_cents(value: Any) -> Any:
    """Files have dollars, as menus do; the code has cents. Raises ValueError for a fraction of a cent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    cents = Decimal(str(value)) * 100
    if cents != cents.to_integral_value():
        raise ValueError("dollars and cents, such as 12.50")
    return int(cents)


def _check_tool_name(name: str) -> str:
    if name not in REGISTRY and name not in CODE_RUN_TOOLS:
        raise ValueError(f"there is no tool “{name}”")
    return name


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


Cents = Annotated[int, BeforeValidator(_dollars_to_cents)]
ToolName = Annotated[str, AfterValidator(_check_tool_name)]
# A phrase, alternatives divided by " | ", or an amount in dollars.
ExpectedPhrases = Annotated[list[ShortText | float], BeforeValidator(_as_list), Field(default_factory=list)]


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedCall(StrictModel):
    """A call that must have been made and carried out. Only the arguments that are given are compared."""

    tool: ToolName
    arguments: dict[str, Any] = Field(default_factory=dict)


def _expand_expected_call(value: Any) -> Any:
    """Reads `get_bill`, or `{add_to_order: {item: Negroni}}`."""
    if isinstance(value, str):
        return {"tool": value}
    if isinstance(value, dict) and len(value) == 1:
        ((tool, arguments),) = value.items()
        return {"tool": tool, "arguments": arguments or {}}
    return value


class Expectation(StrictModel):
    """What must be so. A field that is not given is not judged, except for what must always hold."""

    order: dict[str, int] | None = Field(default=None, description="“Whiskey (double, neat)”: 2")
    with_the_bar: dict[str, int] | None = None
    total: Cents | None = None
    tip: Cents | None = None
    due: Cents | None = None
    paid: Cents | None = None
    status: Literal["open", "closing", "paid", "voided"] | None = None
    says: ExpectedPhrases
    never: ExpectedPhrases
    calls: list[Annotated[ExpectedCall, BeforeValidator(_expand_expected_call)]] = Field(default_factory=list)
    in_this_order: bool = Field(default=False, description="The calls, one after the other")
    not_called: Annotated[list[ToolName], BeforeValidator(_as_list)] = Field(default_factory=list)
    phase: Annotated[list[Phase] | None, BeforeValidator(_as_list)] = None
    emotion: Annotated[list[Emotion] | None, BeforeValidator(_as_list)] = None
    link: bool | None = Field(default=None, description="Whether there is a link to pay with")
    max_characters: int | None = Field(default=None, description="The most characters of a reply")
    refused: bool | None = Field(default=None, description="Whether a button was refused")


class TapStep(StrictModel):
    item: ShortText
    quantity: int = 1
    modifiers: list[ShortText] = Field(default_factory=list)


class TipStep(StrictModel):
    percent: float | None = None
    dollars: Cents | None = None


class StaffStep(StrictModel):
    """What people behind the bar do between turns."""

    sold_out: ShortText | None = None
    back_on: ShortText | None = None
    begins: bool = Field(default=False, description="The bar begins to make what was sent")


class ScriptedText(StrictModel):
    """A text in a scripted model's round, said so many times."""

    text: str
    times: int = Field(default=1, ge=1, le=1_000_000)


class ScriptedCall(StrictModel):
    call: str
    arguments: Any = Field(default_factory=dict, alias="with")
    times: int = Field(default=1, ge=1, le=10_000)


def _expand_scripted_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


ScriptedOutput = Annotated[ScriptedText | ScriptedCall, BeforeValidator(_expand_scripted_text)]


class ScenarioStep(Expectation):
    """One thing that happens, and what must be so after it."""

    say: str | None = None
    tap: TapStep | None = None
    tip_button: TipStep | None = None
    press: ButtonName | None = None
    staff: StaffStep | None = None
    twice: bool = Field(default=False, description="The guest's message arrives a second time")
    stop: bool = Field(default=False, description="The guest cuts Maya off after her first words")
    model: list[list[ScriptedOutput]] = Field(
        default_factory=list, description="What a model does, round by round"
    )
    loops: bool = Field(default=False, description="The last round again and again, calls and all")

    @model_validator(mode="after")
    def _check_single_action(self) -> ScenarioStep:
        given = [self.say, self.tap, self.tip_button, self.press, self.staff]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of say, tap, tip_button, press, staff")
        return self


class Scenario(StrictModel):
    name: ShortText
    about: ShortText
    language: Literal["en", "es"] = Field(default="en", description="What the guest's page is in")
    steps: list[ScenarioStep] = Field(min_length=1, alias="turns")
    end: Expectation = Field(default_factory=lambda: Expectation.model_validate({}))
    within_ms: int = Field(default=8_000, ge=1, description="The latency budget of each turn")

    @property
    def runs_alone(self) -> bool:
        return any(step.staff and (step.staff.sold_out or step.staff.back_on) for step in self.steps)


class ScenarioFile(StrictModel):
    kind: Literal["conversation", "defence"] = "conversation"
    scenarios: list[Scenario] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_scenarios(self) -> ScenarioFile:
        names = [one.name for one in self.scenarios]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the name “{twice[0]}” stands here twice")
        for one in self.scenarios:
            if self.kind == "conversation" and any(step.model for step in one.steps):
                raise ValueError(f"“{one.name}”: only a file of kind “defence” says what a model does")
        return self


def load_scenarios(path: Path) -> ScenarioFile:
    """Raises Refusal with the file, the line and the field if the file does not fit the schema."""
    root = load_yaml_with_lines(path)
    try:
        return ScenarioFile.model_validate(root)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = [part for part in first["loc"] if not _is_union_member(part)]
        named = ".".join(str(part) for part in where) or "the file"
        raise Refusal(f"{path.name}, line {_line_number(root, where)}: {named}: {first['msg']}.") from error


def _is_union_member(part: int | str) -> bool:
    """Pydantic's paths also name the member of a union that it tried."""
    return isinstance(part, str) and (part[:1].isupper() or "[" in part or part in ("str", "float"))


def _line_number(root: Any, where: list[int | str]) -> int:
    """The line of the deepest entry that the error's path reaches."""
    line, here = 1, root
    for part in where:
        if isinstance(here, LineMapping) and part in here:
            line, here = here.lines[str(part)], here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            break
        line = here.line if isinstance(here, LineMapping) else line
    return line
