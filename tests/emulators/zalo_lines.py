"""Lines of a transcript, done by a person on either Zalo platform by what that platform allows."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tests.emulators.media import a_photo
from tests.emulators.zalo_phone import SeenMessage

A_PHONE = "84900000000"


class Talker(Protocol):
    """A person on either Zalo platform."""

    name: str

    async def sends(self, text: str) -> Any: ...

    async def sends_photo(self, content: bytes, *, caption: str = "") -> Any: ...

    async def sends_photos(self, contents: list[bytes]) -> Any: ...

    async def sends_unsupported(self) -> Any: ...

    async def hears(self, timeout_s: float = ..., *, count: int = 1) -> list[SeenMessage]: ...

    def sees(self) -> list[SeenMessage]: ...


@runtime_checkable
class OaTalker(Protocol):
    """What only an Official Account lets a person do."""

    async def taps(self, label: str) -> Any: ...

    async def sends_location(self, lat: float, lon: float) -> Any: ...

    async def sends_file(self, content: bytes, name: str) -> Any: ...

    async def submits_info(self, name: str, phone: str) -> Any: ...

    async def follows(self) -> Any: ...


async def does(person: Talker, line: str) -> None:
    """Do what a line says, with the words of the Telegram emulator's transcripts.

    `[Label]` taps a button, or types the number printed before the label where there is no such
    button, or the label itself. `(ảnh NAME)`, `(album 3)` and `(tệp NAME)` send files (an
    existing path, or made up), `(vị trí LAT, LON)` a pin, `(danh thiếp)` the contact,
    `(quan tâm)` follows. Where the Bot Platform has no such thing, a place and a phone number
    are typed, and a file arrives as unsupported.
    """
    line = line.strip()
    if tapped := re.fullmatch(r"\[(.+)\]", line):
        await _picks(person, tapped[1])
    elif pin := re.fullmatch(r"\(vị trí\s+(-?[\d.]+)\s*,\s*(-?[\d.]+)\)", line):
        await _places(person, float(pin[1]), float(pin[2]))
    elif photo := re.fullmatch(r"\(ảnh\s*(.*?)\)\s*(.*)", line):
        content = await _file(photo[1]) or a_photo(photo[1])
        await person.sends_photo(content, caption=photo[2])
    elif album := re.fullmatch(r"\(album\s+(\d+)\)", line):
        await person.sends_photos([a_photo(f"IMG_{number}") for number in range(int(album[1]))])
    elif file := re.fullmatch(r"\(tệp\s+(.+?)\)", line):
        await _hands_over(person, file[1])
    elif line == "(danh thiếp)":
        await _gives_phone(person)
    elif line == "(quan tâm)" and isinstance(person, OaTalker):
        await person.follows()
    else:
        await person.sends(line)


async def _picks(person: Talker, label: str) -> None:
    offered = {same(one) for message in person.sees() for one in message.buttons}
    if isinstance(person, OaTalker) and same(label) in offered:
        await person.taps(label)
    else:
        await person.sends(number_before(label, person.sees()) or label)


async def _places(person: Talker, lat: float, lon: float) -> None:
    if isinstance(person, OaTalker):
        await person.sends_location(lat, lon)
    else:
        await person.sends(f"{lat}, {lon}")


async def _hands_over(person: Talker, path: str) -> None:
    if isinstance(person, OaTalker):
        await person.sends_file(await _file(path) or path.encode(), Path(path).name)
    else:
        await person.sends_unsupported()


async def _gives_phone(person: Talker) -> None:
    phone = getattr(person, "phone_number", None) or A_PHONE
    if isinstance(person, OaTalker):
        await person.submits_info(person.name, phone)
    else:
        await person.sends("0" + phone.removeprefix("84"))


def number_before(label: str, screen: list[SeenMessage]) -> str | None:
    """The number of a choice printed as "2. Label", in the newest message that offers it."""
    choice = re.compile(rf"^\s*(\d+)\s*[.)]\s*{re.escape(same(label))}\s*$", re.MULTILINE)
    for message in reversed(screen):
        if found := choice.search(same(message.text)):
            return found[1]
    return None


def same(label: str) -> str:
    """Labels are compared in one Unicode form, without blanks around them."""
    return unicodedata.normalize("NFC", label).strip()


async def _file(path: str) -> bytes | None:
    if not path or not await asyncio.to_thread(Path(path).is_file):
        return None
    return await asyncio.to_thread(Path(path).read_bytes)
