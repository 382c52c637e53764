"""The emulated Telegram, driven by the real python-telegram-bot: what is sent, seen and heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, MessageHandler
from telegram.ext.filters import ALL

from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_terminal import Terminal

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Có", callback_data="y"),
            InlineKeyboardButton("Không", callback_data="n"),
        ]
    ]
)


def bot_of(telegram: TelegramEmulator) -> Bot:
    return Bot(telegram.token, telegram.base_url, telegram.base_file_url)


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with bot_of(telegram) as connected:
        yield connected


@asynccontextmanager
async def polling(telegram: TelegramEmulator) -> AsyncIterator[None]:
    """A bot that repeats what it is told, with two buttons under it."""

    async def repeat(update: Update, _: object) -> None:
        assert update.message
        await update.message.reply_text(f"Nghe: {update.message.text}", reply_markup=YES_NO)

    async def tapped(update: Update, _: object) -> None:
        assert update.callback_query
        await update.callback_query.answer("Dạ")
        await update.callback_query.edit_message_text(f"Bấm {update.callback_query.data}")

    builder = ApplicationBuilder().token(telegram.token)
    app = builder.base_url(telegram.base_url).base_file_url(telegram.base_file_url).build()
    app.add_handlers([MessageHandler(ALL, repeat), CallbackQueryHandler(tapped)])
    async with app:
        assert app.updater
        await app.updater.start_polling(poll_interval=0)
        await app.start()
        yield
        await app.updater.stop()
        await app.stop()


async def the_message(bot: Bot) -> Message:
    """The newest message the bot can get."""
    updates = await bot.get_updates()
    assert updates[-1].message
    return updates[-1].message


async def test_a_polling_bot_answers_and_sees_taps(telegram: TelegramEmulator) -> None:
    async with polling(telegram):
        lan = telegram.person("Lan")
        await lan.starts("MA-7F3K")
        assert [str(m) for m in await lan.hears()] == ["Nghe: /start MA-7F3K [Có] [Không]"]
        tap = await lan.taps("Không")
        assert await tap.answered() == "Dạ"
        assert [str(m) for m in await lan.hears()] == ["Bấm n"]
        await telegram.all_taken()
    assert telegram.violations == []
    assert [call.method for call in telegram.calls][-3:] == [
        "sendMessage",
        "answerCallbackQuery",
        "editMessageText",
    ]


async def test_start_with_a_payload_carries_the_command_entity(
    telegram: TelegramEmulator, bot: Bot, clock: Clock
) -> None:
    await telegram.person("Lan").starts("MA-7F3K")
    message = await the_message(bot)
    assert message.text == "/start MA-7F3K"
    assert [(e.type, e.offset, e.length) for e in message.entities] == [("bot_command", 0, 6)]
    assert message.date == clock()


async def test_places_contacts_voice_and_edits_arrive(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan", username="lan_ha")
    await lan.sends_location(20.97, 105.77)
    await lan.sends_contact()
    await lan.sends_voice()
    await lan.edits(await lan.sends("ba tan"), "ba tấn")
    pin, contact, voice, _, edited = [u.effective_message for u in await bot.get_updates()]
    assert pin
    assert contact
    assert voice
    assert edited
    assert pin.location
    assert contact.contact
    assert edited.from_user
    assert (pin.location.latitude, pin.location.longitude) == (20.97, 105.77)
    assert contact.contact.user_id == lan.id
    assert voice.voice
    assert (edited.text, edited.from_user.username) == ("ba tấn", "lan_ha")


async def test_a_very_long_text_arrives_in_pieces(telegram: TelegramEmulator, bot: Bot) -> None:
    await telegram.person("Lan").sends("a" * 5000)
    assert [len(u.message.text or "") for u in await bot.get_updates() if u.message] == [4096, 904]


async def test_reply_keyboards_are_pressed_by_label(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    keys: list[list[str | KeyboardButton]] = [
        ["Báo cáo"],
        [KeyboardButton("Gửi vị trí", request_location=True)],
    ]
    await bot.send_message(lan.id, "Chọn", reply_markup=ReplyKeyboardMarkup(keys))
    await lan.taps("Báo cáo")
    await lan.taps("Gửi vị trí")
    _, pressed, located = await bot.get_updates()
    assert pressed.message
    assert pressed.message.text == "Báo cáo"
    assert located.message
    assert located.message.location


async def test_a_label_nobody_sees_is_told_with_those_in_sight(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    await bot.send_message(lan.id, "Chọn", reply_markup=YES_NO)
    with pytest.raises(AssertionError, match=r"no button \[Thôi\], only \['Có', 'Không'\]"):
        await lan.taps("Thôi")


async def test_old_messages_can_be_tapped_and_taps_expire(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    old = await bot.send_message(lan.id, "cũ", reply_markup=YES_NO)
    await bot.send_message(lan.id, "mới", reply_markup=YES_NO)
    tap = await lan.taps("Có", on=lan.sees()[1])
    await lan.taps("Có", on=lan.sees()[1], inaccessible=True)
    _, update, faded = await bot.get_updates()
    assert update.callback_query
    assert faded.callback_query
    assert update.callback_query.message
    assert update.callback_query.message.message_id == old.message_id
    assert faded.callback_query.message
    assert not faded.callback_query.message.is_accessible
    tap.expired = True
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await update.callback_query.answer("muộn rồi")


async def test_replies_point_at_their_message(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    asked = await lan.sends("ở đâu?")
    await bot.send_message(lan.id, "đây", reply_parameters=ReplyParameters(asked.message_id))
    assert (await lan.hears())[0].reply_to is asked
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(lan.id, "đâu", reply_parameters=ReplyParameters(999))


async def test_edits_and_deletions_follow_the_rules(
    telegram: TelegramEmulator, bot: Bot, clock: Clock
) -> None:
    lan = telegram.person("Lan")
    hers = await lan.sends("chào")
    sent = await bot.send_message(lan.id, "một", reply_markup=YES_NO)
    await sent.edit_text("hai")
    assert [str(m) for m in await lan.hears()] == ["hai"]
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await sent.edit_text("hai")
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        await bot.edit_message_text("x", lan.id, hers.message_id)
    clock.forward(hours=48)
    with pytest.raises(BadRequest, match=r"(?i)message can't be deleted"):
        await sent.delete()
    fresh = await bot.send_message(lan.id, "ba")
    await fresh.delete()
    assert [m.text for m in lan.sees()] == ["chào", "hai"]
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await fresh.edit_text("bốn")


async def test_captions_and_buttons_are_edited_apart(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    sent = await bot.send_photo(lan.id, a_photo(), caption="một", reply_markup=YES_NO)
    await sent.edit_reply_markup(None)
    assert str((await lan.hears())[0]) == "(ảnh) một"
    await sent.edit_caption("hai", reply_markup=YES_NO)
    assert str((await lan.hears())[0]) == "(ảnh) hai [Có] [Không]"


async def test_strangers_and_blockers_are_out_of_reach(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan, minh = telegram.person("Lan"), telegram.person("Minh")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(lan.id, "chào")
    telegram.group("Thôn Đông", [lan])
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(lan.id, "chào")
    await lan.starts()
    await lan.blocks_bot()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(lan.id, "chào")
    changed = (await bot.get_updates())[-1].my_chat_member
    assert changed
    assert changed.new_chat_member.status == "kicked"
    await lan.starts()
    await bot.send_message(lan.id, "chào lại")
    await minh.starts()
    minh.deactivates()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(minh.id, "chào")


async def test_a_group_becomes_a_supergroup(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    group = telegram.group("Thôn Đông", [lan])
    new = group.migrates()
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "chào")
    assert moved.value.new_chat_id == new.id
    await bot.send_message(new.id, "chào")
    assert [str(m) for m in await lan.hears(chat=new)] == ["chào"]
    updates = await bot.get_updates()
    assert [u.message.migrate_to_chat_id for u in updates if u.message][-2:] == [new.id, None]


async def test_in_privacy_mode_only_what_is_meant_for_the_bot_arrives(clock: Clock) -> None:
    async with (
        TelegramEmulator(clock=clock, privacy_mode=True) as telegram,
        bot_of(telegram) as bot,
    ):
        lan = telegram.person("Lan")
        group = telegram.group("Thôn Đông", [lan])
        asked = await bot.send_message(group.id, "Ai đi?")
        await lan.sends("chuyện riêng", group)
        await lan.sends("@soxanh_bot chào", group)
        await lan.sends("/dangky", group)
        await lan.sends("em đi", group, reply_to=group.chat.messages[asked.message_id])
        group.promotes_bot()
        await lan.sends("giờ thì nghe hết", group)
        texts = [u.message.text for u in await bot.get_updates() if u.message and u.message.text]
        assert texts == ["@soxanh_bot chào", "/dangky", "em đi", "giờ thì nghe hết"]
        assert not (await bot.get_me()).can_read_all_group_messages


async def test_members_and_rights_of_a_group_are_told(telegram: TelegramEmulator, bot: Bot) -> None:
    lan, minh, hoa = (telegram.person(name) for name in ("Lan", "Minh", "Hoa"))
    group = telegram.group("Thôn Đông", [lan, minh], admins=[minh])
    assert (await bot.get_chat_member(group.id, lan.id)).status == "creator"
    assert (await bot.get_chat_member(group.id, hoa.id)).status == "left"
    admins = await bot.get_chat_administrators(group.id)
    assert [admin.user.first_name for admin in admins] == ["Lan", "Minh"]
    assert await bot.get_chat_member_count(group.id) == 3
    assert (await bot.get_chat(group.id)).title == "Thôn Đông"
    group.removes_bot()
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "chào")


async def test_settings_of_the_bot_are_kept(telegram: TelegramEmulator, bot: Bot) -> None:
    commands = [BotCommand("baocao", "Nộp báo cáo")]
    await bot.set_my_commands(commands)
    assert list(await bot.get_my_commands()) == commands
    assert not await bot.get_my_commands(language_code="vi")
    await bot.set_my_description("Sổ tay xanh của xã")
    assert (await bot.get_my_description()).description == "Sổ tay xanh của xã"
    assert (await bot.get_my_name()).name == "Sổ Xanh"


async def test_reactions_and_actions_are_taken(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    message = await lan.sends("xong rồi")
    await bot.send_chat_action(lan.id, "typing")
    await bot.set_message_reaction(lan.id, message.message_id, "👍")
    assert [reaction["emoji"] for reaction in message.reaction] == ["👍"]


async def test_a_broken_rule_is_refused_and_remembered(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(lan.id, "a" * 4097)
    with pytest.raises(BadRequest, match="Unknown parameter"):
        await bot.send_message(lan.id, "chào", api_kwargs={"colour": "red"})
    assert [violation.partition(" — ")[0] for violation in telegram.violations] == [
        "sendMessage: message is too long",
        "sendMessage: unknown parameter",
    ]


async def test_a_method_not_played_is_remembered(telegram: TelegramEmulator, bot: Bot) -> None:
    await telegram.person("Lan").starts()
    answer = await telegram.execute(
        "sendDice", {"chat_id": telegram.updates[0]["message"]["chat"]["id"]}
    )
    assert answer.code == 501
    assert telegram.violations == ["sendDice: the emulator does not play this method"]


async def test_hearing_nothing_says_what_is_on_the_screen(telegram: TelegramEmulator) -> None:
    lan = telegram.person("Lan")
    await lan.sends("có ai không?")
    with pytest.raises(AssertionError, match=r"heard 0 of 1 .* sees \['có ai không\?'\]"):
        await lan.hears(timeout_s=0.01)


async def test_lines_of_a_transcript_are_done(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    for line in (
        "chào",
        "(ảnh IMG_7) cầu hỏng",
        "(vị trí 10.0452, 105.7469)",
        "(album 2)",
        "(tệp b.pdf)",
        "(danh thiếp)",
    ):
        await lan.does(line)
    assert [str(m) for m in lan.sees()] == [
        "chào",
        "(ảnh) cầu hỏng",
        "(vị trí)",
        "(ảnh)",
        "(ảnh)",
        "(tệp)",
        "(danh thiếp)",
    ]
    await bot.send_message(lan.id, "Chọn", reply_markup=YES_NO)
    tap = await lan.does("[Có]")
    assert tap
    assert tap.data == "y"


async def test_the_terminal_speaks_for_several_people(telegram: TelegramEmulator) -> None:
    terminal = Terminal(telegram)
    for line in ("chào", "(tên Minh)", "(nhóm Thôn Đông)", "chào cả thôn", "(riêng)", "một mình"):
        assert await terminal.obey(line)
    assert not await terminal.obey("(thoát)")
    texts = [u["message"].get("text") for u in telegram.updates if "message" in u]
    assert [text for text in texts if text] == ["chào", "chào cả thôn", "một mình"]
