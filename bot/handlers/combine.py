"""Answers to one chat that are due together become one message, where each is counted (Zalo reference, point 22)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.channels.render import units
from bot.events import Reply
from storage.outbox import OutboxRow

MOST_UNITS = 1500
"""A combined message stays well under the shortest limit (2,000), with room for its choices."""


def combined(rows: Sequence[OutboxRow], channels: frozenset[str]) -> list[OutboxRow]:
    """`rows` with neighbours of the same chat put together on these channels.

    Words go before what follows them; pictures, forms' choices and messages that rest in a slot
    keep a message of their own, and nothing changes places.
    """
    made: list[OutboxRow] = []
    newest: dict[tuple[str, str, str], int] = {}
    for row in rows:
        chat = (row.channel, row.account, row.chat)
        joined = _joined(made[newest[chat]], row) if chat in newest else None
        if row.channel in channels and joined is not None:
            made[newest[chat]] = joined
        else:
            newest[chat] = len(made)
            made.append(row)
    return made


def _joined(first: OutboxRow, second: OutboxRow) -> OutboxRow | None:
    """Both as one message, None when they must stay apart."""
    same = ("purpose", "reply_to", "group", "not_before", "person_id")
    if first.slot or second.slot or any(getattr(first, n) != getattr(second, n) for n in same):
        return None
    lead = msgspec.json.decode(first.body, type=Reply)
    reply = msgspec.json.decode(second.body, type=Reply)
    asks = lead.buttons or lead.asks_place or lead.asks_contact
    carries = lead.photos or lead.files or reply.photos or reply.files
    if asks or carries or units(lead.words) + units(reply.words) > MOST_UNITS:
        return None
    words = f"{lead.words}\n\n{reply.words}"
    body = msgspec.json.encode(msgspec.structs.replace(reply, words=words)).decode()
    return msgspec.structs.replace(first, body=body)
