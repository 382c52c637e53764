"""Groups the bot is in: who comes and goes, and the move to a supergroup."""

from typing import TYPE_CHECKING

from tests.emulators.telegram_account import member_json
from tests.emulators.telegram_people import Person
from tests.emulators.telegram_world import Chat, Json

if TYPE_CHECKING:
    from tests.emulators.telegram import TelegramEmulator


class Group:
    """A group the bot is in. Made by `TelegramEmulator.group`."""

    def __init__(self, emulator: "TelegramEmulator", chat: Chat, creator: Person) -> None:
        self.emulator = emulator
        self.chat = chat
        self.creator = creator

    @property
    def id(self) -> int:
        """Chat id: negative; a supergroup's begins with -100."""
        return self.chat.id

    @property
    def title(self) -> str:
        """The group's name."""
        return str(self.chat.info["title"])

    def promotes_bot(self) -> None:
        """Make the bot an administrator: it then reads everything."""
        self._changes_bot("administrator")

    def removes_bot(self) -> None:
        """Throw the bot out."""
        self._changes_bot("kicked")

    def _changes_bot(self, new: str) -> None:
        old, self.chat.bot_status = self.chat.bot_status, new
        self.emulator.tell_bot_status(self.chat, self.creator.user, old, new)

    def joins(self, person: Person, status: str = "member") -> None:
        """Somebody comes in; everybody is told."""
        self.chat.members[person.id] = status
        content = {"new_chat_members": [person.user]}
        message = self.emulator.world.put(self.chat, person.user, content)
        self.emulator.tell_message(message)

    def migrates(self) -> "Group":
        """Become a supergroup: a new id, the old one refuses with migrate_to_chat_id."""
        new = self.emulator.add_group(self.title, "supergroup")
        new.members = dict(self.chat.members)
        new.bot_status = self.chat.bot_status
        self.chat.moved_to = new.id
        for chat, content in (
            (self.chat, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": self.chat.id}),
        ):
            message = self.emulator.world.put(chat, self.creator.user, content)
            self.emulator.tell_message(message)
        return Group(self.emulator, new, self.creator)


def bot_status_json(chat: Chat, by: Json, bot: Json, old: str, new: str, date: int) -> Json:
    """A ChatMemberUpdated about the bot itself."""
    return {
        "chat": chat.json,
        "from": by,
        "date": date,
        "old_chat_member": member_json(bot, old),
        "new_chat_member": member_json(bot, new),
    }
