"""Transcripts on Telegram: people with the app on their phones, the emulator, the real channel.

    stage = TelegramStage(telegram, app)
    await Chat(stage).plays(...)

People and groups appear when the script first names them; whoever speaks in a group is in it.
The channel must be receiving already; the emulator and the app go by the same clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tests.chat import Heard
from tests.emulators.media import a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_groups import Group
from tests.emulators.telegram_people import ALBUM_MAX_ITEMS, Person
from tests.emulators.telegram_world import Message


class PlayedApp(Protocol):
    """What a stage needs of the app behind the channel."""

    async def settle(self) -> None:
        """Return when everything taken is answered, fetched and sent."""
        ...

    async def clock_to(self, at: datetime) -> None:
        """Move the clock (aware UTC) and let the scheduler wake."""
        ...


class TelegramStage:
    """Implements `tests.chat.Stage` on the emulated Telegram."""

    def __init__(self, telegram: TelegramEmulator, app: PlayedApp) -> None:
        self.telegram = telegram
        self.app = app
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self._photos = 0
        self._shown = 0

    async def says(self, who: str, words: str, group: str) -> None:
        """Type `words`, in private when `group` is empty."""
        person, there = self._place(who, group)
        await person.sends(words, there)

    async def taps(self, who: str, label: str, group: str) -> None:
        """Press the newest button of that label in this chat, else a key under the typing line.

        In a group that is the one under one's own post, if there is any.
        """
        person, there = self._place(who, group)
        seen = (there.chat if there else person.chat).visible()
        having = [one for one in reversed(seen) if label in one.buttons]
        own = (one for one in having if there and _is_own(above(one), person))
        newest = next(own, having[0] if having else None)
        await person.taps(label, newest)

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None:
        """One photo, or albums of at most ten; no two photos of a play are the same."""
        person, there = self._place(who, group)
        photos = [a_photo(f"IMG_{self._photos + number}") for number in range(count)]
        self._photos += count
        while photos:
            album, photos = photos[:ALBUM_MAX_ITEMS], photos[ALBUM_MAX_ITEMS:]
            if len(album) == 1:
                await person.sends_photo(album[0], caption or None, there)
            else:
                await person.sends_album(album, caption or None, there)
            caption = ""

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None:
        """Send a pin; WGS 84 degrees."""
        person, there = self._place(who, group)
        await person.sends_location(lat, lon, there)

    async def settle(self) -> list[Heard]:
        """What the bot showed since the last call, in order; an album is one.

        Raises:
            AssertionError: the bot did not take everything, or made a call Telegram would refuse.
        """
        await self.telegram.all_taken()
        await self.app.settle()
        assert not self.telegram.violations, self.telegram.violations
        new = self._new()
        self._shown = max([self._shown, *(message.revision for message in new)])
        return [_heard(album) for album in _albums(new)]

    async def clock_to(self, at: datetime) -> None:
        """Move the clock on."""
        await self.app.clock_to(at)

    def person(self, name: str) -> Person:
        """The person of that name, made when first asked for."""
        if name not in self.people:
            self.people[name] = self.telegram.person(name)
        return self.people[name]

    def _place(self, who: str, group: str) -> tuple[Person, Group | None]:
        person = self.person(who)
        if not group:
            return person, None
        if group not in self.groups:
            self.groups[group] = self.telegram.group(group, [person])
        there = self.groups[group]
        if person.id not in there.chat.members:
            there.joins(person)
        return person, there

    def _new(self) -> list[Message]:
        chats = self.telegram.world.chats.values()
        said = [one for chat in chats for one in chat.visible() if one.from_bot]
        return sorted(
            (one for one in said if one.revision > self._shown), key=lambda one: one.revision
        )


def above(message: Message) -> Message | None:
    """What a person said that the thread of answers `message` stands in began with, None outside a thread."""
    begun: Message | None = message
    while begun is not None and begun.from_bot:
        begun = begun.reply_to
    return begun


def _is_own(said: Message | None, person: Person) -> bool:
    return said is not None and said.data["from"]["id"] == person.id


def _albums(messages: list[Message]) -> list[list[Message]]:
    """Messages, those of one album together."""
    together: list[list[Message]] = []
    for message in messages:
        before = together[-1][-1] if together else None
        if before and message.album and message.album == before.album:
            together[-1].append(message)
        else:
            together.append([message])
    return together


def _heard(album: list[Message]) -> Heard:
    chat = album[0].chat
    name = str(chat.info.get("title") or chat.info.get("first_name"))
    return Heard(
        who=name,
        words="\n".join(one.text for one in album if one.text),
        buttons=tuple(label for one in album for label in one.buttons),
        photos=sum(one.media == "photo" for one in album),
        group="" if chat.is_private else name,
    )
