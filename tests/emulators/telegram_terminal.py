"""Chatting with the bot "on Telegram" in a terminal, as any number of made-up people."""

import asyncio
import re
import sys

from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_groups import Group
from tests.emulators.telegram_people import Person, Tap
from tests.emulators.telegram_world import Message

HELP = """
Gõ chữ rồi Enter để nhắn. Ngoài ra:
  [Nhãn]              bấm nút             (ảnh đường/dẫn.jpg)  gửi ảnh
  (vị trí 20.9, 105.7) gửi vị trí         (tệp đường/dẫn.pdf)  gửi tệp
  (album 3)           gửi 3 ảnh một lượt  (danh thiếp)         gửi số của mình
  (tên Minh)          nói với tên khác    (nhóm Thôn Đông)     nói trong nhóm
  (riêng)             nói riêng với bot   (thoát)              thôi
"""
LISTEN_S = 3600.0


class Terminal:
    """Who is typing, and where."""

    def __init__(self, telegram: TelegramEmulator) -> None:
        self.telegram = telegram
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.person = self._be("Lan")
        self.group: Group | None = None
        self.shown = 0
        self.told = 0
        self._notices: set[asyncio.Task[None]] = set()

    def _be(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = self.telegram.person(name)
        return self.people[name]

    def _go_to(self, title: str) -> Group:
        if title not in self.groups:
            self.groups[title] = self.telegram.group(title, [self.person])
        group = self.groups[title]
        if self.person.id not in group.chat.members:
            group.joins(self.person)
        return group

    async def obey(self, line: str) -> bool:
        """Do what one typed line says; False when it says to leave."""
        if line == "(thoát)":
            return False
        if name := re.fullmatch(r"\(tên (.+)\)", line):
            self.person, self.group = self._be(name[1]), None
        elif title := re.fullmatch(r"\(nhóm (.+)\)", line):
            self.group = self._go_to(title[1])
        elif line == "(riêng)":
            self.group = None
        elif line:
            try:
                self._await_notice(await self.person.does(line, self.group))
            except (AssertionError, OSError) as error:
                write(f"! {error}\n")
        return True

    def _await_notice(self, tap: Tap | None) -> None:
        if tap is not None:
            notice = asyncio.create_task(self._show_notice(tap))
            self._notices.add(notice)
            notice.add_done_callback(self._notices.discard)

    @staticmethod
    async def _show_notice(tap: Tap) -> None:
        if tap.url:
            write(f"  (mở {tap.url})\n")
            return
        try:
            text = await tap.answered()
        except AssertionError as error:
            text = str(error)
        if text:
            write(f"  ({text})\n")

    async def show_what_is_heard(self) -> None:
        """Print the bot's messages as they come, and what it does against the rules."""
        while True:
            await self.telegram.world.changed.until(lambda: bool(self._new()), LISTEN_S)
            for message in self._new():
                self.shown = message.revision
                where = message.chat.info.get("title") or message.chat.info["first_name"]
                write(f"\n{where} ← {message}\n")
            for violation in self.telegram.violations[self.told :]:
                write(f"! {violation}\n")
            self.told = len(self.telegram.violations)

    def _new(self) -> list[Message]:
        chats = self.telegram.world.chats.values()
        said = [m for chat in chats for m in chat.visible() if m.from_bot]
        unseen = [message for message in said if message.revision > self.shown]
        return sorted(unseen, key=lambda message: message.revision)


def write(text: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


async def serve(port: int, webhook_url: str | None = None) -> None:
    """Run by hand until (thoát). The bot itself sets its webhook, so `webhook_url` is refused."""
    if webhook_url:
        raise SystemExit("Telegram learns the webhook from the bot's own setWebhook")
    async with TelegramEmulator(port=port) as telegram:
        write(f"Telegram giả lập\n  token: {telegram.token}\n  base_url: {telegram.base_url}\n")
        write(f"  base_file_url: {telegram.base_file_url}\n{HELP}")
        terminal = Terminal(telegram)
        listening = asyncio.create_task(terminal.show_what_is_heard())
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                if not await terminal.obey(line.strip()):
                    return
            await asyncio.Event().wait()
        finally:
            listening.cancel()
