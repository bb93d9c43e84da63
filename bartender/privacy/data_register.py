"""The data register: what every column of every table holds. Export, erasure and purging go by this list
alone.

Every new column must be listed here, or tests in tests/bartender/privacy/ fail. For each table it has the
columns of each category, divided by blanks:

    guest     about the guest: exported, and erased after "forget everything" or the venue's retention days
    hidden    about the guest as well, but keys and internal names: never exported, erased with the rest
    books     what was sold and paid: exported, and kept by law, with a code as the only name of the guest
    inner     the same, but of no use to the guest: kept, not exported
    staff     about the people who work here
    venue     the venue's own

For a table with rows of guests, `visit_code_paths` are the lookups from a row to the code of its visit, and
`erasure_mode` says what becomes of its rows: "row" deletes them, "columns" blanks the guest's columns. Rows
outside `erasable_at_once` wait until the visit is over: a guest must not lift a person's word on tonight's
alcohol by asking to be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from bartender.privacy.venue_tables import VENUE_COLUMNS

SETTLED_STATUSES = ["paid", "voided"]
ALL_ROWS = Q()
COLUMN_CATEGORIES = ("guest", "hidden", "books", "inner", "staff", "venue")


@dataclass(frozen=True)
class TablePolicy:
    """How one table is treated; the fields are explained at the top of this file."""

    guest: str = ""
    hidden: str = ""
    books: str = ""
    inner: str = ""
    staff: str = ""
    venue: str = ""
    visit_code_paths: tuple[str, ...] = ()
    erasure_mode: Literal["", "row", "columns"] = ""
    erasable_at_once: Q = ALL_ROWS
    retention_reason: str = ""  # why something of a guest's row is kept

    def columns_of(self, category: str) -> tuple[str, ...]:
        return tuple(getattr(self, category).split())

    def columns_with_category(self) -> Iterator[tuple[str, str]]:
        """Each column with its category; a column that is listed twice comes twice."""
        for kind in COLUMN_CATEGORIES:
            yield from ((column, kind) for column in self.columns_of(kind))

    @property
    def exported_columns(self) -> tuple[str, ...]:
        return self.columns_of("guest") + self.columns_of("books")


LEGAL_RETENTION = "Sales and payments are the venue's books. They name a guest by a random code alone."
VIA_TAB = ("tab__visit_code",)


def _venue_table(columns: str) -> TablePolicy:
    return TablePolicy(venue=columns)


def _staff_table(columns: str) -> TablePolicy:
    return TablePolicy(staff=columns)


DATA_REGISTER: dict[str, TablePolicy] = {
    # --- who is here, and what was said ---
    "bartender.Visit": TablePolicy(
        guest=(
            "guest_name place language age_state allergies cautions slowdown_until brain_state phase emotion"
        ),
        hidden="table seat returning_guest handoff_code handoff_expires_at encrypted_keys keys_expire_at",
        books="code surface opened_at closed_at",
        inner="id last_seen_at flagged_at budget_level spent_microcents erasure_requested_at erased_at",
        staff="taken_over_by",
        visit_code_paths=("code",),
        erasure_mode="columns",
        retention_reason="What was sold leads to the code of its visit. A visit without sales is deleted.",
    ),
    "bartender.Turn": TablePolicy(
        guest=(
            "started_at guest_text transcribed_by reply_text brain tool_calls citations emotion phase outcome"
        ),
        hidden=(
            "id visit client_id answered_by process_id token_usage tts_characters cost_microcents "
            "first_text_ms elapsed_ms"
        ),
        visit_code_paths=("visit__code",),
        erasure_mode="row",
    ),
    "bartender.ReturningGuest": TablePolicy(
        guest="usual_order notes consented_at last_seen_at",
        hidden="id code",
        visit_code_paths=("visits__code",),
        erasure_mode="row",
    ),
    "bartender.Takeover": TablePolicy(
        guest="started_at ended_at summary",
        hidden="id visit started_by ended_by",
        visit_code_paths=("visit__code",),
        erasure_mode="row",
        erasable_at_once=Q(ended_at__isnull=False),
    ),
    "bartender.Approval": TablePolicy(
        guest="kind status description ethanol_grams requested_at decided_at",
        hidden="id visit item key decided_by",
        visit_code_paths=("visit__code",),
        erasure_mode="row",
        erasable_at_once=Q(kind="allergy"),
    ),
    "bartender.AssistanceRequest": TablePolicy(
        guest="kind status guest_text created_at answered_at resolved_at",
        hidden="id visit open_since answered_by resolved_by",
        visit_code_paths=("visit__code",),
        erasure_mode="row",
    ),
    "bartender.AssistanceCall": TablePolicy(
        hidden="id visit request cause",
        visit_code_paths=("visit__code",),
        erasure_mode="row",
    ),
    # An agent loses its way in with the rest of what is known of its guest; a line says for ever that one
    # ordered it.
    "bartender.AgentPairing": TablePolicy(
        guest=(
            "name asks cents_allowed drinks_allowed minutes_allowed created_at paired_at expires_at "
            "revoked_at"
        ),
        hidden=("id code visit pairing_code code_expires_at token_hash calls_made last_call_at revoked_by"),
        visit_code_paths=("visit__code",),
        erasure_mode="row",
    ),
    "bartender.AgentCall": TablePolicy(
        guest="tool arguments outcome detail called_at",
        hidden="id pairing key",
        visit_code_paths=("pairing__visit__code",),
        erasure_mode="row",
    ),
    "bartender.ReceiptMail": TablePolicy(
        guest="address requested_at sent_at",
        hidden="id tab key",
        visit_code_paths=VIA_TAB,
        erasure_mode="row",
    ),
    # A paper has the guest's name, notes and allergies. While a visit goes on, what is not printed yet stays.
    "bartender.PrintJob": TablePolicy(
        guest="kind content made_at finished_at",
        hidden=(
            "id code printer key state attempts problem visit ticket tab drinks copy_of requested_by sent_at"
        ),
        visit_code_paths=("visit__code",),
        erasure_mode="row",
        erasable_at_once=~Q(state__in=["waiting", "sending", "unsure"]),
    ),
    # --- what was sold ---
    "bartender.OrderLine": TablePolicy(
        guest="note",
        books=(
            "code name modifiers quantity unit_cents price_rule list_unit_cents price_parts "
            "unit_ethanol_grams status takeaway comped comped_cents ordered_at made_at"
        ),
        inner=(
            "id visit tab number item ticket tax_terms key agent_code menu_version previous_line approval "
            "took_portions"
        ),
        staff="rung_in_by made_by",
        visit_code_paths=("visit__code",),
        erasure_mode="columns",
        erasable_at_once=Q(tab__status__in=SETTLED_STATUSES),
        retention_reason=LEGAL_RETENTION,
    ),
    "bartender.Ticket": TablePolicy(
        books="status ethanol_grams standard_drinks fired_at updated_at",
        inner="id visit tab key move_count undo_until requested_by",
        visit_code_paths=("visit__code",),
        retention_reason=LEGAL_RETENTION,
    ),
    "bartender.TicketMove": _staff_table("id ticket number from_status to_status moved_by moved_at"),
    "bartender.StaffAction": TablePolicy(
        books="kind status amount_cents reason requested_at decided_at",
        inner="id tab line payment units received_cents key undoes replaced",
        staff="requested_by decided_by tender tip_recipient note",
        visit_code_paths=VIA_TAB,
        retention_reason="Who changed the books, and why, in staff's words: voids, comps and refunds.",
    ),
    "payments.Tab": TablePolicy(
        books=(
            "code status venue_name seller currency tax_rate_bp tax_rate_milli tip_bp subtotal_cents "
            "discount_cents tax_method prices_include_tax service_rate_milli tax_cents included_tax_cents "
            "service_cents tip_cents paid_cents refunded_cents disputed_cents opened_at closed_at"
        ),
        inner=(
            "id visit_code cap_cents line_cap unit_cap tip_cap_cents play_money_cents units version "
            "service_terms flagged_at chain_head"
        ),
        staff="tip_recipient",
        visit_code_paths=("visit_code",),
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.Journal": TablePolicy(
        books="kind created_at",
        inner="id tab version key fingerprint actor source turn reason chain_mac chain_key",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.LedgerEntry": TablePolicy(
        books="account part cents quantity unit_cents",
        inner="id journal tab reference tax_terms",
        staff="tip_recipient",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.ChainAdoption": TablePolicy(
        inner="id tab first last mac key_id reason created_at",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.SealedHead": TablePolicy(
        inner="id report tab version mac",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.Document": TablePolicy(
        books="series number total_cents currency seller issued_at",
        inner="id tab journal corrects reason",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.DocumentCounter": _venue_table("id series last_number"),
    "payments.Payment": TablePolicy(
        books="code provider status amount_cents tip_cents currency created_at finished_at",
        inner=(
            "id tab share key retries leased_until poll_count next_poll_at outcome_unknown nonce reference "
            "url intent expires_at"
        ),
        visit_code_paths=(*VIA_TAB, "share__visit_code"),
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.Refund": TablePolicy(
        books="code status amount_cents currency created_at finished_at",
        inner="id payment key retries outcome_unknown leased_until reference actor reason error",
        visit_code_paths=("payment__tab__visit_code",),
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.Dispute": TablePolicy(
        books="status reason amount_cents withdrawn_cents currency created_at",
        inner="id payment reference evidence_due_by",
        visit_code_paths=("payment__tab__visit_code",),
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.MoneyNotice": TablePolicy(
        books="kind amount_cents currency updated_at",
        inner="id key tab message",
        staff="seen_at seen_by",
        visit_code_paths=VIA_TAB,
        retention_reason="What others did to money of a tab, and who of the house has seen it.",
    ),
    "payments.Invitation": TablePolicy(
        hidden="id tab code expires_at ended_at",
        visit_code_paths=VIA_TAB,
        erasure_mode="row",
        erasable_at_once=Q(tab__status__in=SETTLED_STATUSES),
    ),
    "payments.SplitParticipant": TablePolicy(
        guest="name joined_at",
        hidden="id tab visit_code",
        visit_code_paths=("visit_code",),
        erasure_mode="row",
        erasable_at_once=Q(tab__status__in=SETTLED_STATUSES),
    ),
    "payments.Split": TablePolicy(
        books="method status created_at",
        inner="id tab key",
        visit_code_paths=VIA_TAB,
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.Share": TablePolicy(
        guest="name",
        books="code amount_cents tax_cents tip_cents",
        inner="id split visit_code nonce",
        visit_code_paths=("visit_code",),
        erasure_mode="columns",
        erasable_at_once=Q(split__tab__status__in=SETTLED_STATUSES),
        retention_reason=LEGAL_RETENTION,
    ),
    "payments.SimulatedLink": TablePolicy(
        books="amount_cents currency state created_at",
        inner="id reference payment_code tab_code",
        retention_reason="Play money of a tab.",
    ),
    "payments.SimulatedRefund": TablePolicy(
        books="amount_cents currency created_at",
        inner="id key refund_code intent",
        retention_reason="Play money given back.",
    ),
    "payments.ProviderEvent": TablePolicy(
        hidden="body",  # a provider tells a payer's name and address in it
        inner=(
            "id provider event_id type object_id payment_code livemode account state outcome attempts "
            "received_at next_attempt_at processed_at"
        ),
        erasure_mode="columns",
        erasable_at_once=Q(state="done"),
        retention_reason="That an event came, and what became of it.",
    ),
    "bartender.SpendingPeriod": _venue_table("id starts_at part microcents"),
    "payments.EventCursor": _venue_table("id provider until"),
    "payments.Reconciliation": _venue_table("id created_at provider since payments_compared differences"),
    "payments.LedgerCheck": _venue_table(
        "id created_at tabs_checked violations first_violation failing walked_to"
    ),
    "payments.ZReport": _venue_table(
        "id number previous business_date starts_at ends_at figures closed_by closed_at first_open_journal"
    ),
    "payments.ZJournal": _venue_table("id report journal"),
    "payments.ChainStart": _venue_table("id number tabs mac key_id created_at"),
    "payments.DrawerEntry": _staff_table(
        "id kind cents expected_cents currency is_play_money note made_by created_at key chain_mac chain_key"
    ),
    "payments.ZDrawerEntry": _venue_table("id report entry"),
    # --- what the bar sells and knows ---
    "bartender.Venue": _venue_table(
        "id name spoken_name timezone currency tax_rate_bp tax_rate_milli tax_method prices_include_tax "
        "legal_name legal_address tax_number receipt_footer service_charge_milli service_tax_class "
        "datev_consultant_number datev_client_number fiscal_year_start_month "
        "forbids_alcohol_promotions tab_cap_cents line_cap unit_cap "
        "tip_cap_cents play_money_cents approval_limit_cents tender_approval_limit_cents "
        "standard_drink_grams "
        "day_start_hour visit_budget_cents day_budget_cents idle_minutes retention_days "
        "screen_lock_seconds menu_version menu_file_hash agents_enabled last_call_minutes night_letter_email "
        "card_fee_milli card_fee_cents"
    ),
    "bartender.OpeningHours": _venue_table("id weekday opens_at closes_at"),
    "bartender.SpecialDate": _venue_table("id date opens_at closes_at name"),
    "bartender.BarSwitch": _staff_table(
        "id kind orders_end_at until_next_opening switched_by switched_at key"
    ),
    # Figures and counts; of a guest it has what staff called them, as the Z report's page has.
    "bartender.NightLetter": _venue_table("id report content written_at mailed_at"),
    # Codes of tabs and tickets, never a guest's words; deleted after their days.
    "events.Event": _venue_table("id uuid key kind at data"),
    "events.EventEndpoint": _venue_table("id name url secret kinds is_on created_at"),
    "events.EventDelivery": _venue_table("id event endpoint state attempts attempted_at status answer"),
    "bartender.PriceRule": _venue_table(
        "id name is_active weekdays starts_at ends_at valid_from valid_until kind cents rate_milli"
    ),
    "bartender.Printer": _venue_table(
        "id name kind is_enabled tickets station away_seconds receipts paper_width language mac token "
        "host port answers_status last_seen_at problem problem_since lease leased_until"
    ),
    "payments.TaxTerms": _venue_table("id digest name levels rate_milli included"),
    "bartender.ServingPolicy": _venue_table(
        "id valid_from window_minutes soft_limit_drinks approval_limit_drinks hard_limit_drinks age_check "
        "legal_age"
    ),
    "bartender.Modifier": _venue_table(
        "id group name price_cents meaning aliases factor position adds_nothing adds ml replaces removes "
        "ingredient abv_percent"
    ),
    "bartender.Ingredient": _venue_table(
        "id name abv_percent available unit pack_size pack_cost_cents low_stock sugar_grams caffeine "
        "bitterness hops vegan"
    ),
    "bartender.StockMovement": _staff_table(
        "id ingredient kind amount balance expected cost_microcents line ticket note made_by made_at key"
    ),
    "bartender.MenuItem": _venue_table(
        "id category name slug description price_cents available portions_left listed no_alcohol glass "
        "tax_class position"
    ),
    "rag.Knowledge": _venue_table("id code version"),
    "rag.Document": _venue_table("id origin folder path digest read_at"),
    "rag.Passage": _venue_table(
        "id document position title context text source tags author review_on published digest file_digest "
        "edited updated_at"
    ),
    "rag.IndexBuild": _venue_table("id embedder stores passages seconds built_at note"),
    # A question to the memory names no guest; rag/unanswered_questions.py forgets it by its turn.
    "rag.UnansweredQuestion": TablePolicy(
        guest="text", hidden="id gap count last_seen_at", erasure_mode="row"
    ),
    "rag.Gap": TablePolicy(
        guest="question",
        hidden="id count status passage first_seen_at last_seen_at",
        erasure_mode="row",
        retention_reason="A gap that others asked in other words stays under theirs.",
    ),
    "rag.CachedEmbedding": TablePolicy(
        hidden="data",
        inner="id embedder key",
        erasure_mode="row",
        retention_reason="Those of the house's own passages stay.",
    ),
    # --- the machinery ---
    # A job's payload names rows by number; one that mails a receipt goes with it.
    "tasks.Task": TablePolicy(
        hidden="payload error key",
        inner="id name state attempts available_at lease leased_until created_at finished_at",
        erasure_mode="row",
        retention_reason="Jobs of the house itself.",
    ),
    # Staff's own; a guest has one where a message did not fit into a cookie, and it goes with theirs.
    "sessions.Session": TablePolicy(hidden="session_key session_data expire_date", erasure_mode="row"),
    "admin.LogEntry": TablePolicy(
        hidden="object_repr change_message",
        staff="id action_time user content_type object_id action_flag",
        erasure_mode="columns",
        retention_reason="That a person of the house changed something, and when.",
    ),
    "axes.AccessFailureLog": _staff_table(
        "id user_agent ip_address username http_accept path_info attempt_time locked_out"
    ),
    "axes.AccessAttempt": _staff_table(
        "id user_agent ip_address username http_accept path_info attempt_time get_data post_data "
        "failures_since_start"
    ),
    "axes.AccessAttemptExpiration": _staff_table("access_attempt expires_at"),
    "axes.AccessLog": _staff_table(
        "id user_agent ip_address username http_accept path_info attempt_time logout_time session_hash"
    ),
    "otp_totp.TOTPDevice": _staff_table(
        "id user name confirmed throttling_failure_timestamp throttling_failure_count created_at "
        "last_used_at key step t0 digits tolerance drift last_t"
    ),
    "otp_static.StaticDevice": _staff_table(
        "id user name confirmed throttling_failure_timestamp throttling_failure_count created_at last_used_at"
    ),
    "otp_static.StaticToken": _staff_table("id device token"),
    "auth.User": _staff_table(
        "id password last_login is_superuser username first_name last_name email is_staff is_active "
        "date_joined"
    ),
    "bartender.StaffPin": _staff_table("id user hash set_at set_by wrong_in_a_row"),
    "bartender.SharedScreen": _staff_table("id code opened_by opened_at closed_at acting active_at"),
    "auth.User_groups": _staff_table("id user group"),
    "auth.User_user_permissions": _staff_table("id user permission"),
    **{name: _venue_table(columns) for name, columns in VENUE_COLUMNS.items()},
}
