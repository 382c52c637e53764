"""The contract every channel keeps: what it can do, how it hands over, how a send fails.

A channel verifies and translates. It never decides what is said, never touches the
store, and states its limits in `Abilities`, so that the core renders to them
(`bot/channels/render.py`) instead of asking which platform it speaks to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from bot.events import Incoming


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can carry. Numbers come from the platform's own pages, named in each channel file."""

    text_limit: int
    """Characters of one text message, in UTF-16 units."""
    caption_limit: int
    buttons: int
    """The most buttons under one message; 0 where there are none."""
    button_label_limit: int = 40
    numbers_choices: bool = False
    """Choices are printed with their numbers beside their buttons too: not every screen shows the buttons."""
    numbers_parts: bool = False
    """The parts of a long text are numbered, where nothing else shows that they belong together."""
    location_in: bool
    edits: bool
    photos_out: int
    """The most photos in one message; 1 where albums cannot be sent, 0 where none can."""
    files_out: bool
    file_captions: bool = True
    """Words and buttons may stand with a file in one message."""
    groups: bool
    free_window_s: int | None = None
    """How long after a person's last word a message costs nothing; None: for ever."""
    open_window_s: int | None = None
    """How long after a person's last word a message is carried at all; None: for ever."""
    per_second: float
    """Messages a second over the whole account."""
    chat_gap_s: float
    """The least time between two messages to one private chat."""
    group_gap_s: float
    """The least time between two messages to one group."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered message, small enough for the channel: what `deliver` hands over.

    `buttons` are rows of (label, token). `photos` and `files` are (name, content type, bytes).
    `key` is ours, "<outbox id>.<part>", and stays the same over retries. `asks_place` is set
    also where no pin can be sent: such a channel says once how a place is told there.
    """

    key: str
    chat: str
    words: str
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    photos: tuple[tuple[str, str, bytes], ...] = ()
    files: tuple[tuple[str, str, bytes], ...] = ()
    asks_place: bool = False
    asks_contact: bool = False
    group: bool = False
    reply_to: str = ""


class Sent(msgspec.Struct, frozen=True):
    """The channel took it. `message_id` is the channel's, empty where it gives none."""

    message_id: str = ""


class SendFailed(Exception):
    """A message was not (or perhaps not) carried. The subclasses say what follows from it."""

    code = "send-failed"


class TryLater(SendFailed):
    """Not carried, and may be tried again after `after_s` seconds (rate limit, 5xx, no connection)."""

    code = "try-later"

    def __init__(self, reason: str, after_s: float) -> None:
        super().__init__(reason)
        self.after_s = after_s


class WindowClosed(SendFailed):
    """Not carried: the person has been silent too long. It waits for their next word or another channel."""

    code = "window-closed"


class Unreachable(SendFailed):
    """Not carried and never will be in this chat: blocked, deleted, left, unknown chat."""

    code = "unreachable"


class Refused(SendFailed):
    """Not carried: the channel refuses this very message (too long, bad media). A bug of ours; never repeated."""

    code = "refused"


class OutcomeUnknown(SendFailed):
    """The channel may have taken it: the answer was lost. Never repeated blindly."""

    code = "outcome-unknown"


class ChannelDown(SendFailed):
    """Nothing can be sent on this channel until a person acts: dead token, no money, app disabled. Alerts."""

    code = "channel-down"


class Moved(SendFailed):
    """The chat lives on under another id (a group became a supergroup). Send again to `chat`."""

    code = "moved"

    def __init__(self, reason: str, chat: str) -> None:
        super().__init__(reason)
        self.chat = chat


class FetchFailed(Exception):
    """A photo or file could not be had. `for_good` when asking again is useless."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


Take = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Hand over what has arrived; returns once it is durable and its answers are in the outbox."""


class Channel(Protocol):
    """What `bot/app.py` wires and `deliver` calls."""

    name: str
    account: str
    can: Abilities

    async def run(self, take: Take) -> None:
        """Receive until cancelled (polling), or return at once where a webhook route does the receiving."""
        ...

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message. Raises a `SendFailed`; anything else counts as `OutcomeUnknown`."""
        ...

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Download what a person sent. Raises `FetchFailed`; never follows redirects inward."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
