"""Plays a transcript: people speak, the bot's answers are collected, the whole page is compared.

A script is what a reader would see on the phones, one line a message:

    Lan: báo sự cố                      Lan types (or: [Nhãn] taps, (ảnh), (3 ảnh: lời kèm), (vị trí 20.9, 106.3))
    Lan @Thôn Đông: …                   Lan speaks in the group of that name
    Bot: Sự cố gì? [Cầu] [Đường]        what the one who just spoke hears; further lines are indented
    Bot → Minh: …                       what somebody else hears
    Bot @Thôn Đông: …                   what the group sees
    (8:00 ngày 18/12/2024)              the clock moves on, and the scheduler wakes

Codes are drawn at random, so PA-XXXX and BC-XXXX are numbered in order of appearance:
PA-1 in a script is the first such code of the page, for people and bot alike.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from textwrap import dedent
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_LINE = re.compile(r"^(?P<who>[^:@→(]+?)(?: @(?P<group>[^:]+))?: ?(?P<said>.*)$", re.DOTALL)
_CLOCK = re.compile(r"^\((\d{1,2}):(\d{2}) ngày (\d{1,2})/(\d{1,2})/(\d{4})\)$")
_PHOTOS = re.compile(r"^\((?:(\d+) )?ảnh(?:: (?P<caption>.*))?\)$", re.DOTALL)
_PLACE = re.compile(r"^\(vị trí (-?[\d.]+), (-?[\d.]+)\)$")
_TAP = re.compile(r"^\[(.+)\]$")
_CODE = re.compile(r"\b(PA|BC)-[2-9A-HJKMNP-Z]{4}\b")
_EXAMPLES = frozenset({"PA-7F3K", "BC-7F3K"})
"""Codes that stand in the bot's own sentences as examples."""
_NUMBERED = re.compile(r"\b(PA|BC)-(\d)\b")


@dataclass(frozen=True)
class Heard:
    """One message somebody's phone showed: who (or which group), the words, the buttons' labels, how many photos."""

    who: str
    words: str
    buttons: tuple[str, ...] = ()
    photos: int = 0
    group: str = ""


class Stage(Protocol):
    """A channel with people on it, real from the phone to the database."""

    async def says(self, who: str, words: str, group: str) -> None: ...

    async def taps(self, who: str, label: str, group: str) -> None: ...

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None: ...

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None: ...

    async def settle(self) -> list[Heard]:
        """Wait until nothing is left to do, and return what was shown since the last call, in order."""
        ...

    async def clock_to(self, at: datetime) -> None:
        """Move the clock and let the scheduler wake."""
        ...


@dataclass
class Chat:
    """A stage and the page played on it so far."""

    stage: Stage
    codes: dict[str, str] = field(default_factory=dict)

    async def plays(self, script: str) -> None:
        """Play every human line of `script`, then compare the whole page with it."""
        expected = _lines(script)
        page: list[str] = []
        for line in expected:
            act = self._act(line)
            if act is None:
                continue
            page.append(line)
            speaker = await act()
            told = _photos_with_words(await self.stage.settle())
            page.extend(self._shown(heard, speaker) for heard in told)
        page, expected = self.compares(page), self.compares(expected)
        if page != expected:
            diff = "\n".join(difflib.unified_diff(expected, page, "script", "page", lineterm=""))
            pytest.fail(f"the page is not the script:\n{diff}", pytrace=False)

    def compares(self, lines: list[str]) -> list[str]:
        """The page as this channel can show it, for comparing; most show it as it is."""
        return lines

    def code(self, name: str) -> str:
        """The real code that a numbered one stands for: `PA-1` → `PA-7F3K`."""
        return next(real for real, numbered in self.codes.items() if numbered == name)

    def _act(self, line: str) -> Callable[[], Awaitable[str]] | None:
        """The thing to do for a human line, None for a line of the bot's. Returns who spoke."""
        if line.startswith("Bot"):
            return None
        clock = _CLOCK.match(line)
        if clock:
            hour, minute, day, month, year = (int(part) for part in clock.groups())
            at = datetime(year, month, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)

            async def moves() -> str:
                await self.stage.clock_to(at)
                return ""

            return moves
        found = _LINE.match(line)
        assert found, f"not a line of a transcript: {line!r}"
        who, group = found["who"].strip(), (found["group"] or "").strip()
        said = _NUMBERED.sub(lambda code: self._real(code.group(0)), found["said"])

        async def speaks() -> str:
            await self._speak(who, group, said)
            return f"@{group}" if group else who

        return speaks

    async def _speak(self, who: str, group: str, said: str) -> None:
        if photos := _PHOTOS.match(said):
            await self.stage.sends_photos(who, int(photos[1] or 1), photos["caption"] or "", group)
        elif place := _PLACE.match(said):
            await self.stage.pins(who, float(place[1]), float(place[2]), group)
        elif tap := _TAP.match(said):
            await self.stage.taps(who, tap[1], group)
        else:
            await self.stage.says(who, said.replace("\n  ", "\n"), group)

    def _real(self, numbered: str) -> str:
        return next((real for real, name in self.codes.items() if name == numbered), numbered)

    def _shown(self, heard: Heard, speaker: str) -> str:
        words = _CODE.sub(lambda code: self._number(code.group(0)), heard.words)
        pictures = f" (ảnh: {heard.photos})" if heard.photos else ""
        labels = "".join(f" [{_cut(label)}]" for label in heard.buttons)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        to = _addressee(heard, speaker)
        return f"Bot{to}: " + "\n  ".join(lines) + pictures + labels

    def _number(self, code: str) -> str:
        if code in _EXAMPLES:
            return code
        kind = code[:2]
        known = sum(1 for name in self.codes.values() if name.startswith(kind))
        return self.codes.setdefault(code, f"{kind}-{known + 1}")


class ApartChat(Chat):
    """Each person looks at a phone of their own: what comes first, here or there, nobody sees."""

    def compares(self, lines: list[str]) -> list[str]:
        """Between two human lines, the bot's lines by phone; in order on each."""
        sorted_lines: list[str] = []
        for of_bot, run in groupby(lines, key=lambda line: line.startswith("Bot")):
            together = list(run)
            sorted_lines += sorted(together, key=_phone) if of_bot else together
        return sorted_lines


def _phone(line: str) -> str:
    return line.partition(":")[0]


_LABEL_LIMIT = 40
"""Where the narrowest channel with buttons cuts a label; scripts are the same for all."""


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL_LIMIT else f"{label[: _LABEL_LIMIT - 1]}…"


def _photos_with_words(told: list[Heard]) -> list[Heard]:
    """Channels that send an album apart from its words: one message of the script."""
    together: list[Heard] = []
    for heard in told:
        before = together[-1] if together else None
        apart = before is not None and before.photos and not before.words
        if before is not None and apart and (before.who, before.group) == (heard.who, heard.group):
            together[-1] = replace(heard, photos=before.photos + heard.photos)
        else:
            together.append(heard)
    return together


def _addressee(heard: Heard, speaker: str) -> str:
    if heard.group:
        return f" @{heard.group}"
    return "" if heard.who == speaker else f" → {heard.who}"


def _lines(script: str) -> list[str]:
    """The messages of a script; an indented line continues the message above it."""
    lines: list[str] = []
    for line in dedent(script).strip("\n").splitlines():
        if not line.strip():
            continue
        if line.startswith((" ", "\t")) and lines:
            lines[-1] += f"\n  {line.strip()}"
        else:
            lines.append(line.rstrip())
    return lines
