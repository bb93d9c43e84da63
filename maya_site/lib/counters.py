"""What Maya counts. Label values come from code, never from a guest: no series grows without bound."""

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("maya_turns", "Turns answered", ["brain", "outcome"])
TURN_SECONDS = Histogram(
    "maya_turn_seconds",
    "Time from the guest's words to a stage of the answer",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TOOL_CALLS = Counter("maya_tool_calls", "Tool calls", ["tool", "outcome"])
ORDERS = Counter("maya_orders", "Order lines added to tabs", ["surface"])
PAYMENTS = Counter("maya_payments", "Payment attempts by the status they reached", ["provider", "status"])
STRIPE_EVENTS = Counter("maya_stripe_events", "Stripe events received", ["type", "outcome"])
PROVIDER_FAILURES = Counter(
    "maya_provider_failures", "Failures of other people's machines", ["provider", "kind"]
)
PROVIDER_CALLS = Counter(
    "maya_provider_calls", "Calls of providers by how they ended", ["provider", "outcome"]
)
# Of several workers the sum, without a label for each.
VOICE_SESSIONS = Gauge("maya_voice_sessions", "Open live streams", multiprocess_mode="livesum")
STREAM_CLOSES = Counter("maya_stream_closes", "Live streams that ended", ["reason"])
NEWS_DROPPED = Counter("maya_news_dropped", "Hints to other processes that were not passed on")
LOOP_LAG = Histogram(
    "maya_event_loop_lag_seconds",
    "How much later than asked for the event loop came back",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
LLM_TOKENS = Counter("maya_llm_tokens", "Tokens of language models", ["model", "direction"])
TTS_CHARACTERS = Counter("maya_tts_characters", "Characters spoken", ["provider"])
COST = Counter("maya_cost_dollars", "What the house pays for thinking and speaking", ["part"])
CLAIMS_HELD = Counter(
    "maya_claims_held", "Sentences of a brain held back as not backed by facts", ["brain", "kind"]
)


def provider_worked(provider: str) -> None:
    PROVIDER_CALLS.labels(provider, "ok").inc()


def provider_failed(provider: str, kind: str) -> None:
    PROVIDER_CALLS.labels(provider, "failed").inc()
    PROVIDER_FAILURES.labels(provider, kind).inc()
