"""What the Zalo channels need of the rest of the house: to keep what arrives, and to ask before they send.

Zalo wants its answer within two seconds, so what arrives is kept first and worked on afterwards;
and it has windows, prices and quotas that the channel cannot know by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from bot.channels.base import Outgoing
from bot.events import Incoming

NAME_OA = "zalo_oa"
NAME_BOT = "zalo_bot"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """One update as it came, and what it means.

    `key` is what makes it the same when it is delivered twice. `incoming` is what somebody said,
    if anybody did. `interacts`: it restarts the platform's clock of this chat. `to_do`: nobody
    said anything, but something must follow (consent withdrawn, rights revoked). `staff`: an
    official wrote in this chat. `once_a_day`: what it says deserves an answer once a day at most.
    """

    key: str
    event: str
    chat: str
    at: datetime
    body: str
    incoming: Incoming | None = None
    interacts: bool = False
    to_do: bool = False
    staff: bool = False
    once_a_day: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """Whether a message may go now.

    `may`: go; wait (for the person's next word, or another channel); wake (wait, but a paid
    template may ask the person to write). `reserved_vnd` was set aside for it.
    """

    may: Literal["go", "wait", "wake"]
    why: str = ""
    reserved_vnd: int = 0


class Uploaded(msgspec.Struct, frozen=True):
    """What the platform calls a file of ours, and the field it wants it named in."""

    field: str
    ref: str


class ZaloDesk(Protocol):
    """The rest of the house, as one account of Zalo sees it (`bot/handlers/zalo_desk.py`)."""

    async def keep(self, arrived: Sequence[Arrived]) -> None:
        """Make updates durable, once each; returns when they are. Nothing is answered yet."""
        ...

    async def signed(self, *, good: int = 0, bad: int = 0) -> None:
        """Count webhook signatures."""
        ...

    async def may_send(self, message: Outgoing) -> Verdict:
        """Ask before sending; what is chosen is recorded."""
        ...

    async def was_sent(self, message: Outgoing, *, reserved_vnd: int, billed_vnd: int) -> None:
        """It was carried, and this is what it cost."""
        ...

    async def not_sent(self, message: Outgoing, *, reserved_vnd: int) -> None:
        """It was not carried: what was set aside for it is free again."""
        ...

    async def uploaded(self, sha256: str) -> Uploaded | None:
        """What the platform holds of these bytes already."""
        ...

    async def keep_upload(self, sha256: str, made: Uploaded | None) -> None:
        """Remember an upload, or forget it (None)."""
        ...

    async def doubt(self, key: str, at: datetime) -> None:
        """Nobody knows whether this message was carried at `at`: look before it is sent again."""
        ...

    async def doubts(self) -> dict[str, datetime]:
        """Messages to look for before they are sent again: by key, when they were tried first."""
        ...

    async def settled(self, key: str) -> None:
        """It is known now."""
        ...

    async def publish(self, content: bytes) -> str | None:
        """A public https address for a shown copy of a picture, for a while; None when there can be none."""
        ...

    async def publish_file(self, content: bytes) -> str | None:
        """A public https address for a kept file that is no picture, for a while; None when there can be none."""
        ...

    async def first_place_asked(self, chat: str) -> bool:
        """Whether this chat was never told how a place is told here; True once."""
        ...

    async def is_sensitive(self, chat: str) -> bool:
        """Whether the platform says that this person is under 18."""
        ...

    async def no_paid_until_morning(self) -> None:
        """The platform takes no money from us now: choose nothing paid until tomorrow."""
        ...

    async def alert(self, code: str, words: str) -> None:
        """Tell the administrators, by another channel and on the dashboard, once."""
        ...

    async def is_well(self, code: str) -> None:
        """What was alerted under this code is over."""
        ...
