"""How Maya looks after what was done, where a brain does not say."""

from collections.abc import Sequence

from bartender.brains.base import Result
from bartender.conversation.events import Emotion


def feeling(results: Sequence[Result]) -> Emotion:
    if not results:
        return "neutral"
    kinds = {str(result.facts.get("kind")) for result in results if result.ok}
    if not kinds:
        return "flustered"
    return "mixing" if "sent" in kinds else "happy"
