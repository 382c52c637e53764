"""Every table, as SQLAlchemy Core. `storage/migrations` must match (tests compare them).

Ids are made by the program (`storage/ids.py`), so that a whole batch can be written
without asking the database for them. Times are UTC; figures are `Fixed`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.columns import Fixed, Id, Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_LANE = ("channel", "account")


def _index_where(name: str, condition: str, *columns: str) -> Index:
    """An index over the few rows that are still open, so that a grown table costs nothing."""
    where = text(condition)
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


# --- plans and units -------------------------------------------------------------------------

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger, ForeignKey("units.id")),
    # ids from the root down to and with this unit, "/1/5/9/": a subtree is a prefix
    # ("C" so that PostgreSQL compares bytes, as SQLite does: a prefix is then a range of the index)
    Column("path", String().with_variant(String(collation="C"), "postgresql"), nullable=False),
    Column("commune_id", BigInteger, nullable=False),
    # the pack's key of this unit, or of the class of units it belongs to; null for units only the office knows
    Column("pack_key", String),
    Column("code", String, nullable=False),  # unique in the commune: "thon-dong-linh"
    Column("name", String, nullable=False),
    Column("aliases", Json, nullable=False, default=list),
    Column("kind", String, nullable=False),  # plans.pack.UnitKind
    Column("households", Integer),
    Column("since", Date),
    Column("until", Date),
    UniqueConstraint("commune_id", "code"),
    Index(None, "path"),
    Index(None, "commune_id", "pack_key"),
    Index(None, "parent_id"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("pack", Json, nullable=False),
    Column("digest", String, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
)

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan_id", BigInteger, ForeignKey("plans.id"), nullable=False),
    Column("digest", String, nullable=False),
    Column("pack", Json, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("plan_id", "imported_at"),
)

office_settings = Table(
    "office_settings",
    metadata,
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("value", Json, nullable=False),
    Column("set_by", BigInteger),
    Column("set_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("commune_id", "key"),
)

# --- people ----------------------------------------------------------------------------------

persons = Table(
    "persons",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False, default=""),
    Column("phone", String),  # of the office's sheet, by which an import knows a person
    # what they gave themselves, and when they agreed; it proves nothing, so no import goes by it
    Column("told_phone", String),
    Column("told_phone_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("consented_at", UtcDateTime),
    Column("erased_at", UtcDateTime),
    Column("merged_into", BigInteger),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),  # our own bot or OA
    Column("address", String, nullable=False),  # the person's id there
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", String, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_in_at", UtcDateTime),
    Column("blocked_at", UtcDateTime),
    UniqueConstraint("channel", "account", "address"),
    Index(None, "person_id"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("role", String, nullable=False),  # storage.access.Role
    # 1 is chased first, 2 is the second person
    Column("rank", Integer, nullable=False, default=1),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    UniqueConstraint("person_id", "unit_id", "role"),
    Index(None, "unit_id"),
)

invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False, unique=True),  # folded: "HD7K3F9Q"
    # invite: a role in a unit; link: another channel of the same person
    Column("kind", String, nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id")),
    Column("role", String),
    Column("rank", Integer, nullable=False, default=1),
    Column("person_id", BigInteger, ForeignKey("persons.id")),
    Column("name", String, nullable=False, default=""),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("made_by", BigInteger),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# Wrong codes typed in one chat, so that codes cannot be guessed.
code_tries = Table(
    "code_tries",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("address", String, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("channel", "account", "address"),
)

chat_groups = Table(
    "chat_groups",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("name", String, nullable=False, default=""),
    Column("registered_by", BigInteger),
    Column("registered_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("channel", "account", "chat"),
)

# --- conversation ----------------------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("sender", String, nullable=False),
    Column(
        "body", Text, nullable=False
    ),  # the Incoming as JSON, or the raw update when state is `raw`
    # done | waiting (stored before it is worked on) | quarantined (breaks when worked on, kept with the error)
    Column("state", String, nullable=False),
    Column("error", Text),
    Column("received_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("channel", "account", "message_id"),
    _index_where("ix_inbox_open", "state <> 'done'", "state", "received_at"),
    Index(None, "received_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("person_id", BigInteger, nullable=False),
    # where the form is open: "" in private (any channel of the person), "telegram:bot:chat" in a group
    Column("room", String, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("flow", String, nullable=False),
    Column("answers", Text, nullable=False),
    Column("asked", String, nullable=False, default=""),
    Column(
        "subject", String, nullable=False, default=""
    ),  # "obligation:17", to find the form again
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("person_id", "room"),
)

# What the flow of an open form was told when it opened: long, and never changed. Apart, because a
# row is written whole at every answer, and a page of the file with it.
briefs = Table(
    "briefs",
    metadata,
    Column("person_id", BigInteger, nullable=False),
    Column("room", String, nullable=False),
    Column("brief", Text, nullable=False),
    PrimaryKeyConstraint("person_id", "room"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
    Column("room", String, nullable=False),
    Column("flow", String, nullable=False),
    Column("brief", Text, nullable=False),
    Column("answers", Text, nullable=False),
    Column("asked", String, nullable=False, default=""),
    Column("subject", String, nullable=False, default=""),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("parked_at", UtcDateTime, nullable=False),
    Index(None, "person_id", "room"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("person_id", BigInteger),
    Column("body", Text, nullable=False),  # the Reply as JSON
    # reply | nudge | case | broadcast: who goes first when the channel is busy
    Column("purpose", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("slot", String, nullable=False, default=""),
    Column("reply_to", String, nullable=False, default=""),
    Column("group", Boolean, nullable=False, default=False),
    # waiting | sending | sent | failed | unknown | held (window closed) | dropped (no longer true)
    Column("state", String, nullable=False),
    Column("part", Integer, nullable=False, default=0),  # parts of a long message already sent
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("made_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("message_id", String, nullable=False, default=""),
    Column("error", Text),
    # the order of sending; rows that are done are in none of the first four
    _index_where("ix_outbox_due", "state = 'waiting'", *_LANE, "priority", "not_before", "id"),
    _index_where("ix_outbox_slot", "state = 'waiting' AND slot <> ''", *_LANE, "chat", "slot"),
    _index_where("ix_outbox_sending", "state = 'sending'", *_LANE, "chat"),
    _index_where("ix_outbox_held", "state = 'held'", "person_id"),
    # answers outnumber all else, and are hardly ever looked for by their person
    _index_where("ix_outbox_person", "purpose <> 'reply'", "person_id", "purpose", "made_at"),
    # the page of the web chat reads its lines back; other channels never ask, and pay for no index
    _index_where("ix_outbox_told", "channel = 'webchat'", "account", "chat", "id"),
    _index_where("ix_outbox_sealed", "slot >= 'sealed:' AND slot < 'sealed;'", "id"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("chat", String, nullable=False),  # "" is the account itself
    Column("next_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("channel", "account", "chat"),
    Index("ix_lanes_next", *_LANE, "next_at"),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),  # "send:telegram:123", "tick"
    Column("holder", String, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

ticks = Table(
    "ticks",
    metadata,
    Column("name", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("name", "at"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("value", String, nullable=False),
    PrimaryKeyConstraint("channel", "account"),
)

# --- reports and figures ---------------------------------------------------------------------

obligations = Table(
    "obligations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    # no foreign key: the same plan would be looked up again for each of 100,000 units
    Column("plan_id", BigInteger, nullable=False),
    Column("duty_key", String, nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("period_key", String, nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),  # null: no day is known, never nagged
    # not_open | open | drafted | filed_on_time | filed_late | returned | accepted | excused | overdue
    Column("state", String, nullable=False),
    Column("report_id", BigInteger),
    Column("filed_at", UtcDateTime),
    Column("kind", String, nullable=False, default=""),  # plans.periods.PeriodKind of the period
    # who took it on from the unit's first person; null: whoever reports for the unit
    Column("assignee_id", BigInteger),
    # a due time granted to this unit alone; the plan's and the office's day no longer move it
    Column("extended_to", UtcDateTime),
    # closed: nothing is filed or corrected any more, until somebody with the right opens it
    Column("locked_at", UtcDateTime),
    # 0 the first person; 1 the second; 2 the leader; 3 the office's list
    Column("escalation", Integer, nullable=False, default=0),
    Column("escalated_on", Date),
    UniqueConstraint("plan_id", "duty_key", "period_key", "unit_id"),
    Index(None, "unit_id", "state"),
    Index(None, "state", "due_at"),
    # everything that counting who has reported reads, so that it reads nothing else
    Index("ix_obligations_counts", "plan_id", "period_key", "duty_key", "state"),
)

nudges = Table(
    "nudges",
    metadata,
    # no foreign keys: rows come out of obligations and memberships by one INSERT … SELECT, and
    # checking 100,000 of them one by one takes PostgreSQL as long as all the rest
    Column("obligation_id", BigInteger, nullable=False),
    Column("rung", String, nullable=False),  # "-7", "-1", "0", "+1"
    Column("person_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),  # local day, for one message a person a day
    Column("made_at", UtcDateTime, nullable=False),
    Column("outbox_id", BigInteger),
    # 1: whose report it is; 2 and on: whom it was escalated to, in the order of the unit's people
    Column("position", Integer, nullable=False, default=1),
    PrimaryKeyConstraint("obligation_id", "rung", "person_id"),
    Index(None, "person_id", "day"),
    _index_where("ix_nudges_outbox_id", "outbox_id IS NOT NULL", "outbox_id"),
    sqlite_with_rowid=False,
)

# What people decided about an obligation: excused, extended, locked, reopened, handed over, inherited.
obligation_steps = Table(
    "obligation_steps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("obligation_id", BigInteger, ForeignKey("obligations.id"), nullable=False),
    Column("step", String, nullable=False),  # storage.ledger.Step
    Column("by_person_id", BigInteger),  # null: the office's rule, not a person
    Column("at", UtcDateTime, nullable=False),
    Column("words", Text, nullable=False, default=""),
    Column("until", UtcDateTime),
    Index(None, "obligation_id", "at"),
)

extension_requests = Table(
    "extension_requests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("obligation_id", BigInteger, ForeignKey("obligations.id"), nullable=False),
    Column("asked_by", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column("decided_by", BigInteger),
    Column("decided_at", UtcDateTime),
    Column("granted", Boolean),
    Index(None, "obligation_id"),
)

handovers = Table(
    "handovers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("obligation_id", BigInteger, ForeignKey("obligations.id"), nullable=False),
    Column("from_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("to_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("accepted", Boolean),
    Index(None, "obligation_id"),
)

# What a person asked of the reminders: silence for good, or until an hour.
nag_wishes = Table(
    "nag_wishes",
    metadata,
    Column("person_id", BigInteger, ForeignKey("persons.id"), primary_key=True),
    Column("muted_at", UtcDateTime),
    Column("snoozed_at", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
)

# How a person files reports of one kind of period, and how their ladder is bent for it.
habits = Table(
    "habits",
    metadata,
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("kind", String, nullable=False),  # plans.periods.PeriodKind
    Column("bend", String, nullable=False),  # plans.bends.Bend as text: "", "late", "prompt:2"
    # days between filing and the due date of the last ones, oldest first; null is never filed
    Column("days", Json, nullable=False),
    Column("learned_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("person_id", "kind"),
    sqlite_with_rowid=False,
)

digests = Table(
    "digests",
    metadata,
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("kind", String, nullable=False),  # morning | week
    Column("day", Date, nullable=False),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("commune_id", "kind", "day", "person_id"),
)

# A unit was congratulated on having reported everything of a period: once.
cheers = Table(
    "cheers",
    metadata,
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("period_key", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("unit_id", "period_key"),
)

# How complete and how punctual a unit and all below it were: per form and period, kept as figures.
punctuality = Table(
    "punctuality",
    metadata,
    Column("period_key", String, nullable=False),
    Column("plan_id", BigInteger, ForeignKey("plans.id"), nullable=False),
    Column("duty_key", String, nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),  # root of the subtree
    Column("owing", Integer, nullable=False),  # without those excused
    Column("filed", Integer, nullable=False),
    Column("on_time", Integer, nullable=False),
    Column("excused", Integer, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("period_key", "plan_id", "duty_key", "unit_id"),
    Index(None, "unit_id"),
    sqlite_with_rowid=False,
)

# What an official asked units for once, with the form they fill (bot.flows.request_words.Ask as JSON).
requests = Table(
    "requests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("plan_id", BigInteger, ForeignKey("plans.id"), nullable=False),
    Column("duty_key", String, nullable=False, unique=True),  # "request.<id>"
    Column("period_key", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("form", Json, nullable=False),
    Column("asked_by", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # the whole table was given back (everybody filed, or the time was up)
    Column("answered_at", UtcDateTime),
    Index(None, "commune_id", "asked_at"),
    _index_where("ix_requests_open", "answered_at IS NULL", "due_at"),
)

# Which secret address a calendar has; another serial makes the old address void.
calendar_links = Table(
    "calendar_links",
    metadata,
    Column("kind", String, nullable=False),  # person | unit
    Column("subject_id", BigInteger, nullable=False),
    Column("serial", Integer, nullable=False, default=1),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("kind", "subject_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False),  # "BC-7F3K", the same over versions
    Column("version", Integer, nullable=False),
    Column("form", String, nullable=False),  # report | campaign | difficulty
    Column("plan_id", BigInteger, ForeignKey("plans.id")),
    Column("subject_key", String, nullable=False),  # duty key, campaign key
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("period_key", String, nullable=False),
    Column("obligation_id", BigInteger, ForeignKey("obligations.id")),
    Column("happened_on", Date),
    Column("answers", Json, nullable=False),
    # [[indicator, numerator, denominator], …] as decimal strings: recount rebuilds figures from them
    Column("figures", Json, nullable=False, default=list),
    # filed | returned | accepted | superseded | withdrawn
    Column("state", String, nullable=False),
    Column("filed_by", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("reviewed_by", BigInteger),
    Column("reviewed_at", UtcDateTime),
    Column("review_words", Text),
    UniqueConstraint("code", "version"),
    # what a unit filed on one duty: few rows, whatever the plan has collected
    Index("ix_reports_unit", "unit_id", "form", "subject_key", "plan_id", "period_key"),
    Index(None, "filed_by", "filed_at"),
    Index(None, "plan_id", "form", "subject_key", "period_key"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("media_id", BigInteger, ForeignKey("media.id"), nullable=False),
    Column("report_id", BigInteger, ForeignKey("reports.id")),
    Column("case_id", BigInteger, ForeignKey("cases.id")),
    Column("role", String, nullable=False),  # photo | after | file
    Column("added_at", UtcDateTime, nullable=False),
    # the copy for everybody: drawn from the shown one, faces and plates made unreadable
    Column("public_sha256", String),
    Column("released_at", UtcDateTime),  # null: the picture is not public
    Index(None, "report_id"),
    Index(None, "case_id"),
    Index(None, "media_id"),
)

# One number out of the newest version of a report. The key starts with the period, because filing
# writes to the open period only (performance.md §1.4: period-first keys keep a grown table fast).
figures = Table(
    "figures",
    metadata,
    Column("period_key", String, nullable=False),
    Column("plan_id", BigInteger, nullable=False),
    Column("indicator", String, nullable=False),
    Column("unit_id", BigInteger, nullable=False),
    Column("source", String, nullable=False),  # report code, or "case:<id>"
    Column("numerator", Fixed, nullable=False),
    Column("denominator", Fixed, nullable=False),  # 0 where the measure has none
    Column("report_id", BigInteger),
    PrimaryKeyConstraint("period_key", "plan_id", "indicator", "unit_id", "source"),
    ForeignKeyConstraint(["plan_id"], ["plans.id"]),
    ForeignKeyConstraint(["unit_id"], ["units.id"]),
    Index(None, "source"),
    Index(None, "unit_id"),
    sqlite_with_rowid=False,
)

# The same numbers added up over every unit's subtree, kept in the transaction that changes a figure.
totals = Table(
    "totals",
    metadata,
    Column("plan_id", BigInteger, nullable=False),
    Column("unit_id", BigInteger, nullable=False),  # root of the subtree
    Column("period_key", String, nullable=False),
    Column("indicator", String, nullable=False),
    Column("numerator", Fixed, nullable=False),
    Column("denominator", Fixed, nullable=False),
    Column("figures", Integer, nullable=False),  # how many figures are inside
    PrimaryKeyConstraint("plan_id", "unit_id", "period_key", "indicator"),
    sqlite_with_rowid=False,
)

# --- media -----------------------------------------------------------------------------------

media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("ref", Text, nullable=False),
    Column("person_id", BigInteger),
    # wanted | kept | failed (gone or refused for good)
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime, nullable=False),
    Column("sha256", String),
    Column("shown_sha256", String),  # the copy without position and time; what anyone sees
    Column("thumb_sha256", String),
    Column("content_type", String),
    Column("size_bytes", Integer),
    Column("width_px", Integer),
    Column("height_px", Integer),
    Column("taken_at", UtcDateTime),
    Column("lat", Float),
    Column("lon", Float),
    Column("looks_hash", String),  # perceptual hash, 64 bits as hex
    Column("error", Text),
    Column("added_at", UtcDateTime, nullable=False),
    Index(None, "state", "not_before"),
    Index(None, "sha256"),
    Index(None, "shown_sha256"),  # looked up whenever a picture is published
)

# --- cases -----------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False, unique=True),  # "PA-7F3K"
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("unit_id", BigInteger, ForeignKey("units.id")),  # the village it lies in, when known
    Column("plan_id", BigInteger, ForeignKey("plans.id")),
    Column("violation_key", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("place_words", Text, nullable=False, default=""),
    Column("since_words", Text, nullable=False, default=""),
    Column("happened_on", Date),
    Column("urgent", Boolean, nullable=False, default=False),
    # plans.handling.CaseState
    Column("state", String, nullable=False),
    # the case this one was merged into
    Column("merged_into", BigInteger, ForeignKey("cases.id")),
    # null until confirmed; then [[period_key, indicator], …] that this case counts one in
    Column("counted", Json),
    Column("handler_unit_id", BigInteger, ForeignKey("units.id")),
    Column("handler_person_id", BigInteger),
    # null when the reporter asked not to be named: then only `sealed_reporters` knows
    Column("reporter_id", BigInteger, ForeignKey("persons.id")),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    # whether it was resolved within its limit; null while it is not resolved, or had none
    Column("in_time", Boolean),
    # a stranger's first report while many come at once: nobody is told before an official looked
    Column("held", Boolean, nullable=False, default=False),
    # 1 to 5, the citizen's word on how it was handled
    Column("rating", Integer),
    # until when it must be accepted and resolved; null while nobody has reckoned it
    Column("accept_due_at", UtcDateTime),
    Column("resolve_due_at", UtcDateTime),
    # the square of the map it lies in (plans.likeness.cell_of), null without a pin
    Column("cell", BigInteger),
    Column("point_id", BigInteger, ForeignKey("pollution_points.id")),
    # what everybody may read of it, as an official wrote it; null: its kind and area only
    Column("public_words", Text),
    CheckConstraint("lat IS NULL OR (lat BETWEEN -90 AND 90)", name="lat"),
    CheckConstraint("lon IS NULL OR (lon BETWEEN -180 AND 180)", name="lon"),
    Index(None, "commune_id", "state", "opened_at"),
    Index("ix_cases_handler", "handler_unit_id", "state", "urgent", "opened_at"),
    Index(None, "reporter_id"),
    # the few that somebody still has something to do with
    _index_where("ix_cases_open", "closed_at IS NULL", "commune_id", "state", "opened_at"),
    # pages of lists: the newest reports, and what was settled last
    Index("ix_cases_newest", "commune_id", "opened_at", "id"),
    Index("ix_cases_changed", "commune_id", "changed_at", "id"),
    # holds all that is counted, in the order it is grouped by, so that no row is read or sorted for it
    Index(
        "ix_cases_tally",
        "commune_id",
        "violation_key",
        "state",
        "held",
        "in_time",
        "handler_unit_id",
    ),
    # what is near: by square of the map, or by village where nobody gave a pin
    Index("ix_cases_near", "cell", "violation_key", "opened_at"),
    Index("ix_cases_village", "unit_id", "violation_key", "opened_at"),
    _index_where("ix_cases_merged", "merged_into IS NOT NULL", "merged_into"),
    _index_where("ix_cases_point", "point_id IS NOT NULL", "point_id"),
)

# Places where the same comes back: confirmed cases within 100 m of each other.
pollution_points = Table(
    "pollution_points",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("commune_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("violation_key", String, nullable=False),  # of the case it began with
    Column("name", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("cell", BigInteger, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index(None, "cell"),
    Index(None, "commune_id"),
)

# What a tick said about a case's limit, so that it is said once; another limit is another row.
case_nudges = Table(
    "case_nudges",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("rung", String, nullable=False),  # plans.case_clock.Rung
    Column("limit_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("case_id", "rung", "limit_at"),
    sqlite_with_rowid=False,
)

# How much came from one person or address in one day; keys are keyed hashes, never ids.
case_counts = Table(
    "case_counts",
    metadata,
    Column("kind", String, nullable=False),  # person | address | strangers
    Column("key", String, nullable=False),
    Column("bucket", String, nullable=False),  # local day "2026-06-08", or hour "2026-06-08T14"
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("kind", "key", "bucket"),
    sqlite_with_rowid=False,
)

# Who may open no more cases. The person is a keyed hash, so that blocking unseals nobody.
case_blocks = Table(
    "case_blocks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_key", String, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("why", Text, nullable=False),
    Column("blocked_by", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("blocked_at", UtcDateTime, nullable=False),
    Column("appeal", Text),
    Column("appealed_at", UtcDateTime),
    Column("lifted_by", BigInteger, ForeignKey("persons.id")),
    Column("lifted_at", UtcDateTime),
    Index(None, "person_key"),
    Index(None, "case_id"),
)

# A picture's perceptual hash in seven pieces: of two that differ in six bits, one piece is equal.
looks_pieces = Table(
    "looks_pieces",
    metadata,
    Column("piece", Integer, nullable=False),
    Column("bits", Integer, nullable=False),
    Column("media_id", BigInteger, ForeignKey("media.id"), nullable=False),
    PrimaryKeyConstraint("piece", "bits", "media_id"),
    sqlite_with_rowid=False,
)

sealed_reporters = Table(
    "sealed_reporters",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # encrypted person id
    Column(
        "blind_index", String, nullable=False
    ),  # keyed hash of the person id: finds "my cases" without opening
    Index(None, "blind_index"),
)

seal_openings = Table(
    "seal_openings",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("opened_by", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "case_id"),
)

case_steps = Table(
    "case_steps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("step", String, nullable=False),  # plans.handling.CaseStep
    Column("by_person_id", BigInteger),
    Column("by_unit_id", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("words", Text, nullable=False, default=""),
    Column("shown_to_reporter", Boolean, nullable=False, default=True),
    Index(None, "case_id", "at"),
)

# --- the office's door -------------------------------------------------------------------------

# One-time links that the chat gives to officials; the token itself is nowhere.
web_links = Table(
    "web_links",
    metadata,
    Column("digest", String, primary_key=True),  # SHA-256 of the token
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index(None, "person_id"),
    Index(None, "expires_at"),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("digest", String, primary_key=True),  # SHA-256 of the cookie's token
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "person_id"),
    Index(None, "expires_at"),
)

# --- traces ----------------------------------------------------------------------------------

audits = Table(
    "audits",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("person_id", BigInteger),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("details", Json, nullable=False, default=dict),
    Index(None, "subject"),
    Index(None, "at"),
)

# What the bot could not place, kept so that nobody's words are lost and the lexicon can learn.
stray_words = Table(
    "stray_words",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger),
    Column("words", Text, nullable=False),
    Column("asked", String, nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

# --- Zalo --------------------------------------------------------------------------------------

# Token pairs of an Official Account, sealed, with their history: a refresh token works once only.
zalo_pairs = Table(
    "zalo_pairs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account", String, nullable=False),  # the OA's id
    Column("access", LargeBinary, nullable=False),
    Column("refresh", LargeBinary, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),  # of the access token
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),  # consent | refresh
    # when its refresh token was about to be spent; with state `current`, nobody knows whether it was
    Column("spending_at", UtcDateTime),
    # current | spent | refused (Zalo knows it no more) | replaced (by a new consent)
    Column("state", String, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("words", String, nullable=False, default=""),
    Index(None, "account", "state"),
)

zalo_consents = Table(
    "zalo_consents",
    metadata,
    Column("state", String, primary_key=True),  # the OAuth state of the link
    Column("account", String, nullable=False),
    Column("verifier", LargeBinary, nullable=False),  # of PKCE, sealed
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# What an account of ours tells of itself, and how its webhook fares.
zalo_accounts = Table(
    "zalo_accounts",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("name", String, nullable=False, default=""),
    Column("last_event_at", UtcDateTime),
    Column("last_event", String, nullable=False, default=""),
    Column("good_signatures", BigInteger, nullable=False, default=0),
    Column("bad_signatures", BigInteger, nullable=False, default=0),
    PrimaryKeyConstraint("channel", "account"),
)

# What is remembered of one chat besides the person: windows, albums, pauses, what was told once.
zalo_chats = Table(
    "zalo_chats",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("chat", String, nullable=False),
    # the platform's clock starts here; not `accounts.last_in_at`, which other events move too
    Column("interacted_at", UtcDateTime),
    Column("album", String, nullable=False, default=""),
    Column("album_at", UtcDateTime),
    Column("paused_until", UtcDateTime),  # a person of the office writes here
    Column("told_unsupported_at", UtcDateTime),
    Column("told_place_at", UtcDateTime),
    Column("woken_at", UtcDateTime),  # a paid template asked them to write
    Column("introduced_at", UtcDateTime),  # when their name was last asked of the platform
    Column("sensitive", Boolean, nullable=False, default=False),  # under 18, by the platform
    PrimaryKeyConstraint("channel", "account", "chat"),
)

# Updates as they came, where no message of a person stands for them (or not yet).
zalo_events = Table(
    "zalo_events",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("key", String, nullable=False),
    Column("event", String, nullable=False),
    Column("chat", String, nullable=False, default=""),
    Column("body", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # raw (not read yet) | new (to be worked on) | kept (nothing to do) | paused (said to a person of
    # the office) | done | doubt (a message of ours of which nobody knows whether it was carried)
    Column("state", String, nullable=False),
    PrimaryKeyConstraint("channel", "account", "key"),
    _index_where(
        "ix_zalo_events_open",
        "state IN ('raw', 'new', 'doubt')",
        "channel",
        "account",
        "state",
        "at",
    ),
    Index(None, "at"),
)

# Why a message did not simply go: for the office, and to count money.
window_choices = Table(
    "window_choices",
    metadata,
    Column("outbox_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("choice", String, nullable=False),  # paid | waits | elsewhere | template
    Column("price_vnd", Integer, nullable=False, default=0),
    Column("why", String, nullable=False, default=""),
    Column("decided_at", UtcDateTime, nullable=False),
    Index(None, "channel", "account", "decided_at"),
)

# Messages a month and chat, against a plan's quota.
month_counts = Table(
    "month_counts",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("month", String, nullable=False),  # "2026-11", of Việt Nam
    Column("chat", String, nullable=False),
    Column("messages", Integer, nullable=False),
    PrimaryKeyConstraint("channel", "account", "month", "chat"),
)

# What was uploaded to a platform, so that the same picture is not uploaded for everybody again.
uploads = Table(
    "uploads",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("sha256", String, nullable=False),  # of what was given, before it was made smaller
    Column("field", String, nullable=False),  # attachment_id | token
    Column("ref", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("channel", "account", "sha256"),
)

# Addresses at which a shown copy of a picture, or a file that Zalo does not carry, may be fetched for a while.
shown_links = Table(
    "shown_links",
    metadata,
    Column("digest", String, primary_key=True),  # SHA-256 of the secret part of the address
    Column("sha256", String, nullable=False),  # of the shown copy, or of the file
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "expires_at"),
)

# What an administrator must see to; one row a matter, opened again when it comes back.
channel_alerts = Table(
    "channel_alerts",
    metadata,
    Column("channel", String, nullable=False),
    Column("account", String, nullable=False),
    Column("code", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    PrimaryKeyConstraint("channel", "account", "code"),
)
