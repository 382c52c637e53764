"""The methods about the bot itself and its chats: updates, webhook, commands, files, members."""

from typing import TYPE_CHECKING, Any

from tests.emulators.telegram_delivery import DEFAULT_CONNECTIONS, Hook
from tests.emulators.telegram_files import DOWNLOAD_MAX_BYTES
from tests.emulators.telegram_world import Chat, Json, Refused

if TYPE_CHECKING:
    from tests.emulators.telegram import TelegramEmulator

MOST_UPDATES = 100
ADMINISTRATOR_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def member_json(user: Json, status: str) -> Json:
    """A ChatMember of the given status."""
    member: Json = {"user": user, "status": status}
    if status == "administrator":
        member |= dict.fromkeys(ADMINISTRATOR_RIGHTS, True) | {"is_anonymous": False}
    elif status == "creator":
        member["is_anonymous"] = False
    elif status == "kicked":
        member["until_date"] = 0
    return member


async def get_me(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getMe."""
    return {
        **em.world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": not em.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(em: "TelegramEmulator", method: str, values: Json) -> list[Json]:
    """getUpdates."""
    em.delivery.allow(values.get("allowed_updates"))
    return await em.delivery.poll(
        values.get("offset"), values.get("limit", MOST_UPDATES), values.get("timeout", 0)
    )


async def set_webhook(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """setWebhook; plain http is taken, as this machine has no certificates."""
    if not values["url"]:
        return await delete_webhook(em, method, values)
    if not values["url"].startswith(("http://", "https://")):
        raise Refused(400, "bad webhook: An HTTPS URL must be provided for webhook")
    if values.get("drop_pending_updates"):
        em.delivery.pending.clear()
    em.delivery.allow(values.get("allowed_updates"))
    connections = values.get("max_connections", DEFAULT_CONNECTIONS)
    await em.delivery.set_hook(Hook(values["url"], values.get("secret_token"), connections))
    return True


async def delete_webhook(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """deleteWebhook."""
    await em.delivery.drop_hook()
    if values.get("drop_pending_updates"):
        em.delivery.pending.clear()
    return True


async def webhook_info(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getWebhookInfo."""
    hook = em.delivery.hook
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(em.delivery.pending),
    }
    if hook:
        info["max_connections"] = hook.connections
    if hook and hook.error and hook.error_at:
        info["last_error_date"] = int(hook.error_at.timestamp())
        info["last_error_message"] = hook.error
    if em.delivery.allowed:
        info["allowed_updates"] = em.delivery.allowed
    return info


async def get_file(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getFile: at most 20 MB."""
    file = em.world.files.by_id.get(values["file_id"])
    if file is None:
        raise Refused(400, "wrong file_id or the file is temporarily unavailable")
    if len(file.content) > DOWNLOAD_MAX_BYTES:
        raise Refused(400, "file is too big")
    names = ("file_id", "file_unique_id", "file_size")
    return {**{name: file.described[name] for name in names}, "file_path": file.path}


def _setting_key(name: str, values: Json) -> tuple[str, str, str]:
    scope = values.get("scope") or {"type": "default"}
    return name, str(sorted(scope.items())), values.get("language_code", "")


async def set_commands(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """setMyCommands."""
    em.settings[_setting_key("commands", values)] = values["commands"]
    return True


async def get_commands(em: "TelegramEmulator", method: str, values: Json) -> list[Json]:
    """getMyCommands."""
    commands: list[Json] = em.settings.get(_setting_key("commands", values), [])
    return commands


async def delete_commands(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """deleteMyCommands."""
    em.settings.pop(_setting_key("commands", values), None)
    return True


WORDS = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}


async def set_words(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """setMyName, setMyDescription, setMyShortDescription."""
    name = WORDS[method.removeprefix("setMy")]
    em.settings[_setting_key(name, values)] = values.get(name, "")
    return True


async def get_words(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getMyName, getMyDescription, getMyShortDescription."""
    name = WORDS[method.removeprefix("getMy")]
    default = em.world.bot["first_name"] if name == "name" else ""
    return {name: em.settings.get(_setting_key(name, values), default)}


async def set_menu_button(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """setChatMenuButton."""
    button = values.get("menu_button", {"type": "default"})
    em.settings[("menu_button", str(values.get("chat_id", "")), "")] = button
    return True


async def get_menu_button(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getChatMenuButton."""
    default = em.settings.get(("menu_button", "", ""), {"type": "commands"})
    button: Json = em.settings.get(("menu_button", str(values.get("chat_id", "")), ""), default)
    return button


async def get_chat(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getChat: a ChatFullInfo with what is always there."""
    return {
        **em.world.chat_to_read(values["chat_id"]).json,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }


async def get_member(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """getChatMember."""
    chat = em.world.chat_to_read(values["chat_id"])
    user = em.world.users.get(values["user_id"])
    if user is None:
        raise Refused(400, "PARTICIPANT_ID_INVALID")
    status = _statuses(em, chat).get(user["id"], "left")
    return member_json(user, status)


def _statuses(em: "TelegramEmulator", chat: Chat) -> dict[int, str]:
    return {**chat.members, em.world.bot["id"]: chat.bot_status}


async def get_administrators(em: "TelegramEmulator", method: str, values: Json) -> list[Json]:
    """getChatAdministrators."""
    chat = em.world.chat_to_read(values["chat_id"])
    if chat.is_private:
        raise Refused(400, "there are no administrators in the private chat")
    return [
        member_json(em.world.users[user_id], status)
        for user_id, status in _statuses(em, chat).items()
        if status in ("creator", "administrator")
    ]


async def count_members(em: "TelegramEmulator", method: str, values: Json) -> int:
    """getChatMemberCount, the bot included."""
    chat = em.world.chat_to_read(values["chat_id"])
    gone = ("left", "kicked")
    return sum(status not in gone for status in _statuses(em, chat).values())


async def leave_chat(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """leaveChat."""
    chat = em.world.chat_to_write(values["chat_id"])
    if chat.is_private:
        raise Refused(400, "chat member status can't be changed in private chats")
    chat.bot_status = "left"
    return True


METHODS: dict[str, Any] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
    "getFile": get_file,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    **{f"setMy{word}": set_words for word in WORDS},
    **{f"getMy{word}": get_words for word in WORDS},
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatAdministrators": get_administrators,
    "getChatMemberCount": count_members,
    "leaveChat": leave_chat,
}
