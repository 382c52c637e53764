"""What can be said, whatever the channel: the neutral words between channels, handlers and flows.

A channel turns its own updates into `Incoming` and a `Reply` into its own calls;
nothing else in the product knows a platform.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Said(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    """One thing a person said. The subclasses are the closed list."""


class Text(Said, frozen=True, tag="text"):
    """Typed words, as typed (not trimmed, not folded). Commands come as text too: "/start abc"."""

    words: str


class Tap(Said, frozen=True, tag="tap"):
    """A pressed button; `token` is the `Button.token` that the bot once sent."""

    token: str


class Photo(Said, frozen=True, tag="photo"):
    """A picture. `ref` is the channel's handle (file id, URL); `media` our id once receive has named it."""

    ref: str
    caption: str = ""
    media: int | None = None


class File(Said, frozen=True, tag="file"):
    """A document, video or other file that is not shown as a picture."""

    ref: str
    name: str = ""
    caption: str = ""
    media: int | None = None


class Voice(Said, frozen=True, tag="voice"):
    """A voice message. We keep it, and ask for words: there is no speech reading here."""

    ref: str
    media: int | None = None


class Place(Said, frozen=True, tag="place"):
    """A pin: WGS 84 degrees. `words` is the place name some channels send with it."""

    lat: float
    lon: float
    words: str = ""


class Contact(Said, frozen=True, tag="contact"):
    """A shared contact card. `own` is true when it is the sender's own number."""

    phone: str
    name: str = ""
    own: bool = False


class Unsupported(Said, frozen=True, tag="unsupported"):
    """Something the channel cannot hand over (stickers, links on Zalo Bot). `what` is for the log."""

    what: str = ""


class Blocked(Said, frozen=True, tag="blocked"):
    """The person blocked the bot or left; nothing may be sent until they write again."""


class Unblocked(Said, frozen=True, tag="unblocked"):
    """The person opened the bot again or followed the account; may be greeted once."""


AnySaid = Text | Tap | Photo | File | Voice | Place | Contact | Unsupported | Blocked | Unblocked


class Incoming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing somebody said to us on one channel.

    `(channel, account, message_id)` is unique: a second copy must change nothing.
    `account` is our own bot or OA on that channel, `sender` the person's id there,
    `chat` where the answer goes (equal to `sender` in private). In groups the bot
    speaks only when `addressed`. `album` ties photos sent together, where the channel says so.
    """

    channel: str
    account: str
    message_id: str
    sender: str
    chat: str
    said: AnySaid
    sent_at: datetime
    sender_name: str = ""
    group: bool = False
    group_name: str = ""
    addressed: bool = True
    album: str = ""
    reply_to: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same message when it is delivered twice."""
        return (self.channel, self.account, self.message_id)


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A choice under a reply.

    `token` (at most 64 bytes, ASCII) comes back in a `Tap`; `says` is what a person may
    type instead on channels without buttons, and what the tap stands for in the history.
    """

    label: str
    token: str
    says: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the bot says, before a channel renders it.

    `numbered`: the buttons are choices and get numbers where buttons cannot be shown
    (otherwise they are shortcuts, told as "gõ …"). `photos` are media ids, already
    stripped of position and time. `slot` with `after_s`: wait until it rests; a later
    reply of the same slot to the same chat replaces this one while it still waits.
    """

    words: str
    buttons: tuple[Button, ...] = ()
    numbered: bool = False
    photos: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    asks_place: bool = False
    asks_contact: bool = False
    slot: str = ""
    after_s: float = 0.0
