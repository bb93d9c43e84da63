"""Maya's counters. Label values come from code and never from a guest, so no metric's series grow without
bound."""

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("maya_turns", "Turns, by brain and outcome", ["brain", "outcome"])
TURN_SECONDS = Histogram(
    "maya_turn_seconds",
    "Time from the guest's words to a stage of the answer",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TOOL_CALLS = Counter("maya_tool_calls", "Tool calls, by tool and outcome", ["tool", "outcome"])
ORDERS = Counter("maya_orders", "Order lines added to tabs", ["surface"])
PAYMENTS = Counter("maya_payments", "Payment attempts by the status they reached", ["provider", "status"])
# Its name is older than the second provider, and dashboards read it.
PROVIDER_EVENTS = Counter(
    "maya_stripe_events", "Events of payment providers received, by type and outcome", ["type", "outcome"]
)
PROVIDER_FAILURES = Counter(
    "maya_provider_failures", "Failed calls of external providers", ["provider", "kind"]
)
PROVIDER_CALLS = Counter(
    "maya_provider_calls", "Calls of external providers by how they ended", ["provider", "outcome"]
)
# Of several workers the sum, without a label for each.
VOICE_SESSIONS = Gauge("maya_voice_sessions", "Open live streams", multiprocess_mode="livesum")
STREAM_CLOSES = Counter("maya_stream_closes", "Live streams that ended, by reason", ["reason"])
BROADCASTS_DROPPED = Counter("maya_news_dropped", "Change notices to other processes that were lost")
LOOP_LAG = Histogram(
    "maya_event_loop_lag_seconds",
    "How late the event loop ran a timer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
LLM_TOKENS = Counter("maya_llm_tokens", "Tokens of language models, by direction", ["model", "direction"])
TTS_CHARACTERS = Counter("maya_tts_characters", "Characters turned into speech", ["provider"])
COST_DOLLARS = Counter(
    "maya_cost_dollars", "What the venue pays for language models and speech, in dollars", ["part"]
)
ASSISTANCE_REQUESTS = Counter(
    "maya_assistance_requests", "Guests' calls for a person, by how they went on", ["kind", "outcome"]
)
AGENT_CALLS = Counter("maya_agent_calls", "Calls of guests' agents, by tool and outcome", ["tool", "outcome"])
CLAIMS_WITHHELD = Counter(
    "maya_claims_held",
    "Sentences of a brain that were withheld because no fact backs them",
    ["brain", "kind"],
)


def record_provider_success(provider: str) -> None:
    PROVIDER_CALLS.labels(provider, "ok").inc()


def record_provider_failure(provider: str, kind: str) -> None:
    PROVIDER_CALLS.labels(provider, "failed").inc()
    PROVIDER_FAILURES.labels(provider, kind).inc()
