"""When a message breaks something of ours, the person hears one kind sentence."""

from __future__ import annotations

from bot.errors import BotError
from bot.events import Reply

_SORRY = (
    "Em xin lỗi, em gặp trục trặc với tin vừa rồi nhưng đã giữ lại nguyên tin, cán bộ sẽ xem ạ. "
    "Anh/chị thử gõ lại giúp em, hoặc gõ GIÚP nhé."
)


def apology(error: Exception) -> Reply:
    """What to say for an error: its own sentence when it has one, the general one otherwise."""
    return Reply(words=error.says if isinstance(error, BotError) else _SORRY)
