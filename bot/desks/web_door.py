"""The desk that opens the office's pages: a one-time link for those who hold an office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At, Looks
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows.web_door import refuses, tells
from storage import doors

ENTRY = "/van-phong/vao/"
"""Where the office's pages take the link (`office/web.py`)."""


def door(web_url: str) -> Looks:
    """The look that makes a link under this address."""

    async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
        if not rights_of(at.who).is_official or at.who.room:
            return refuses()
        token = await doors.make_link(at.tx, at.who.person_id, now=at.moment.at, ids=at.ids)
        return tells(f"{web_url.rstrip('/')}{ENTRY}{token}")

    return look
