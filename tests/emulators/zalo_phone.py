"""A person's screen on either Zalo platform: what the bot sent, and waiting for the next message."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

SPOKEN_KINDS = {"image": "ảnh", "file": "tệp", "voice": "ghi âm", "sticker": "nhãn dán"}


@dataclass(frozen=True)
class Button:
    """A button under a message: what is printed on it, its Zalo type and its payload (B5)."""

    label: str
    type: str
    payload: Any


@dataclass(frozen=True)
class Media:
    """A photo, file, voice or sticker the bot sent; `content` is None when only its URL is known."""

    kind: str
    content: bytes | None = None
    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class SeenMessage:
    """What appears on a person's screen. `billed_vnd` is what the OA paid for it."""

    message_id: str
    kind: str
    at: datetime
    text: str = ""
    keys: tuple[Button, ...] = ()
    media: tuple[Media, ...] = ()
    billed_vnd: int = 0
    written_by: Literal["bot", "staff"] = "bot"

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons, in order."""
        return [key.label for key in self.keys]

    def __str__(self) -> str:
        kinds = [f"({SPOKEN_KINDS.get(media.kind, media.kind)})" for media in self.media]
        labels = [f"[{label}]" for label in self.buttons]
        return " ".join(part for part in (*kinds, self.text, *labels) if part)


class Phone:
    """A screen on which messages appear, and somebody who may wait for the next one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._screen: list[SeenMessage] = []
        self._heard = 0
        self._changed = asyncio.Condition()

    def sees(self) -> list[SeenMessage]:
        """Everything on the screen, oldest first."""
        return list(self._screen)

    def unheard(self) -> list[SeenMessage]:
        """What arrived and was not yet returned by `hears`."""
        return self._screen[self._heard :]

    async def shows(self, message: SeenMessage) -> None:
        """Put a message on the screen and wake whoever waits for it."""
        async with self._changed:
            self._screen.append(message)
            self._changed.notify_all()

    async def hears(self, timeout_s: float = 5.0, *, count: int = 1) -> list[SeenMessage]:
        """The messages not heard before, oldest first; waits for at least `count`.

        Raises:
            AssertionError: too few within `timeout_s` real seconds; says what was seen.
        """
        async with self._changed:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait_for(lambda: len(self.unheard()) >= count)
            except TimeoutError:
                heard, seen = len(self.unheard()), [str(message) for message in self._screen[-6:]]
                raise AssertionError(
                    f"{self.name} heard {heard} of {count} in {timeout_s} s; sees {seen}"
                ) from None
            new = self.unheard()
            self._heard = len(self._screen)
            return new
