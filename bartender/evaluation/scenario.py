"""What a scenario file may say. A file that says anything else is refused with its line and field."""

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

from bartender.conversation.events import Emotion, Phase
from bartender.tools import REGISTRY
from maya_site.lib.errors import Refused
from maya_site.lib.marked import Marked, read_marked

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ALSO_RUN = ("confirm", "not_yet")  # the guest's own yes or no to a bill: done by code, told as a tool
Press = Literal["place_order", "undo", "pay", "confirm", "not_yet", "till_approves", "till_declines"]


def _cents(value: Any) -> Any:
    """Dollars in the file, as on a menu; cents from here on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    cents = Decimal(str(value)) * 100
    if cents != cents.to_integral_value():
        raise ValueError("dollars and cents, such as 12.50")
    return int(cents)


def _known(name: str) -> str:
    if name not in REGISTRY and name not in ALSO_RUN:
        raise ValueError(f"there is no tool “{name}”")
    return name


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


Cents = Annotated[int, BeforeValidator(_cents)]
ToolName = Annotated[str, AfterValidator(_known)]
# A phrase, alternatives divided by " | ", or an amount in dollars.
Words = Annotated[list[Text | float], BeforeValidator(_listed), Field(default_factory=list)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wanted(Strict):
    """A call that must have been made and gone well; of its arguments those that matter."""

    tool: ToolName
    arguments: dict[str, Any] = Field(default_factory=dict)


def _wanted(value: Any) -> Any:
    """`get_bill`, or `{add_to_order: {item: Negroni}}`."""
    if isinstance(value, str):
        return {"tool": value}
    if isinstance(value, dict) and len(value) == 1:
        ((tool, arguments),) = value.items()
        return {"tool": tool, "arguments": arguments or {}}
    return value


class Expected(Strict):
    """What must be so. What is not stated is not judged, but for what holds always."""

    order: dict[str, int] | None = Field(default=None, description="“Whiskey (double, neat)”: 2")
    with_the_bar: dict[str, int] | None = None
    total: Cents | None = None
    tip: Cents | None = None
    due: Cents | None = None
    paid: Cents | None = None
    status: Literal["open", "closing", "paid", "voided"] | None = None
    says: Words
    never: Words
    calls: list[Annotated[Wanted, BeforeValidator(_wanted)]] = Field(default_factory=list)
    in_this_order: bool = Field(default=False, description="The calls, one after the other")
    not_called: Annotated[list[ToolName], BeforeValidator(_listed)] = Field(default_factory=list)
    phase: Annotated[list[Phase] | None, BeforeValidator(_listed)] = None
    emotion: Annotated[list[Emotion] | None, BeforeValidator(_listed)] = None
    link: bool | None = Field(default=None, description="Whether there is a link to pay with")
    longest: int | None = Field(default=None, description="How many letters a reply may have at most")
    refused: bool | None = Field(default=None, description="Whether a button was refused")


class Tap(Strict):
    item: Text
    quantity: int = 1
    modifiers: list[Text] = Field(default_factory=list)


class TipButton(Strict):
    percent: float | None = None
    dollars: Cents | None = None


class Staff(Strict):
    """What people behind the bar do in between."""

    sold_out: Text | None = None
    back_on: Text | None = None
    begins: bool = Field(default=False, description="The bar begins to make what was sent")


class Said(Strict):
    """A piece of a model's round."""

    text: str
    times: int = Field(default=1, ge=1, le=1_000_000)


class Called(Strict):
    call: str
    arguments: Any = Field(default_factory=dict, alias="with")
    times: int = Field(default=1, ge=1, le=10_000)


def _piece(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Piece = Annotated[Said | Called, BeforeValidator(_piece)]


class Step(Expected):
    """One thing that happens, and what must be so after it."""

    say: str | None = None
    tap: Tap | None = None
    tip_button: TipButton | None = None
    press: Press | None = None
    staff: Staff | None = None
    twice: bool = Field(default=False, description="The guest's message arrives a second time")
    stop: bool = Field(default=False, description="The guest cuts Maya off after her first words")
    model: list[list[Piece]] = Field(default_factory=list, description="What a model does, round by round")
    loops: bool = Field(default=False, description="The last round again and again, calls and all")

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        given = [self.say, self.tap, self.tip_button, self.press, self.staff]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give one of say, tap, tip_button, press, staff")
        return self


class Scenario(Strict):
    name: Text
    about: Text
    language: Literal["en", "es"] = Field(default="en", description="What the guest's page is in")
    steps: list[Step] = Field(min_length=1, alias="turns")
    end: Expected = Field(default_factory=lambda: Expected.model_validate({}))
    within_ms: int = Field(default=8_000, ge=1, description="The latency budget of each turn")

    @property
    def alone(self) -> bool:
        return any(step.staff and (step.staff.sold_out or step.staff.back_on) for step in self.steps)


class ScenarioFile(Strict):
    kind: Literal["conversation", "defence"] = "conversation"
    scenarios: list[Scenario] = Field(min_length=1)

    @model_validator(mode="after")
    def _a_model_where_it_is_needed(self) -> ScenarioFile:
        names = [one.name for one in self.scenarios]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the name “{twice[0]}” stands here twice")
        for one in self.scenarios:
            if self.kind == "conversation" and any(step.model for step in one.steps):
                raise ValueError(f"“{one.name}”: only a file of kind “defence” says what a model does")
        return self


def read_scenarios(path: Path) -> ScenarioFile:
    root = read_marked(path)
    try:
        return ScenarioFile.model_validate(root)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = [part for part in first["loc"] if not _internal(part)]
        named = ".".join(str(part) for part in where) or "the file"
        raise Refused(f"{path.name}, line {_line(root, where)}: {named}: {first['msg']}.") from error


def _internal(part: int | str) -> bool:
    """Pydantic also names which member of a union it tried."""
    return isinstance(part, str) and (part[:1].isupper() or "[" in part or part in ("str", "float"))


def _line(root: Any, where: list[int | str]) -> int:
    """The line of the deepest entry that the complaint's path reaches."""
    line, here = 1, root
    for part in where:
        if isinstance(here, Marked) and part in here:
            line, here = here.lines[str(part)], here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            break
        line = here.line if isinstance(here, Marked) else line
    return line
