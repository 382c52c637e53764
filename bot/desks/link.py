"""The link desk: a code by which a person joins one more channel; the register form takes it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At
from bot.events import Reply
from bot.flows import link
from storage import invites


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Make a code and say it. Never in a group: whoever types it first becomes this person."""
    if at.who.room:
        return (Reply(words="Mã nối kênh em chỉ đưa trong tin nhắn riêng ạ."),)
    made = await invites.make_link(at.tx, at.who.person_id, now=at.moment.at, ids=at.ids)
    return link.says(made.shown, int(invites.LINK_LASTS.total_seconds() // 60))
