"""The help desk: what the bot can do for this person, and how to reach a human."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At, Looks
from bot.events import Reply
from bot.flows.help import helps


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """Help for this person's role."""
    return helps(at.who, args)


def human(contact: str) -> Looks:
    """The look that says how to reach a person, in the installation's own words."""

    async def look_human(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
        words = f"Anh/chị liên hệ {contact} ạ. Nhắn ở đây cũng được, gõ KHÓ KHĂN hoặc PHẢN ÁNH, em chuyển ngay."
        return (Reply(words=words),)

    return look_human
