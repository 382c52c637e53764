"""A Zalo Official Account on loopback: OpenAPI v3, OAuth v4, webhook and the people in front of it.

    async with ZaloOaEmulator(webhook_url=url) as zalo:
        lan = zalo.person("Lan")
        await lan.follows()
        await lan.sends("báo cáo")
        assert "kỳ này" in (await lan.hears()).text

The three hosts of the real platform share one address here; their paths do not overlap.
Everything the sources disagree on is an attribute that a test may turn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aiohttp import web

from tests.emulators.zalo_common import JsonObject, LoopbackServer, Now, Refused, epoch_ms, utc_now
from tests.emulators.zalo_oa_calls import LOCAL_ZONE, TOO_LATE, OpenApi
from tests.emulators.zalo_oa_messages import MessageRules
from tests.emulators.zalo_oa_oauth import ConsentDesk, Grants
from tests.emulators.zalo_oa_people import OaPerson, log_entry
from tests.emulators.zalo_oa_templates import BusinessApi, Template
from tests.emulators.zalo_page import ChatPage, serve_by_hand
from tests.emulators.zalo_phone import SeenMessage
from tests.emulators.zalo_webhook import ANSWER_WITHIN_S, Courier, Delivery, advance

ECHO_EVENTS = {"image": "oa_send_image", "gif": "oa_send_gif", "file": "oa_send_file"}
ECHO_TEMPLATES = frozenset({"buttons", "request_user_info", "template"})


def webhook_mac(app_id: str, raw_body: bytes, timestamp: str, oa_secret_key: str) -> str:
    """B10: plain SHA-256 (no HMAC) over app id, raw body, timestamp and OA secret key, in hex."""
    signed = app_id.encode() + raw_body + timestamp.encode() + oa_secret_key.encode()
    return hashlib.sha256(signed).hexdigest()


@dataclass(frozen=True)
class CallRecord:
    """One call of the bot: its path, what it sent (JSON calls only) and what it was answered."""

    at: datetime
    path: str
    body: JsonObject
    answer: JsonObject


class ZaloOaEmulator(LoopbackServer):
    """One OA, one app, one webhook.

    Attributes (besides those of the parts `grants`, `desk`, `rules`, `courier`, `business`):
        sent: every message that reached a person, with the person, in order.
        calls: every OpenAPI and ZNS call with its answer; violations: rules the bot broke.
        zca_balance_vnd: None means that no Zalo Cloud Account is linked (-320).
        package_messages: paid-window messages the package includes.
        account_trouble: a code every call is refused with (-209, -212, -219, -221, -223, -224...).
        signs_with: which secret signs events (conflicting, B10); mac_prefix: "mac=" in front.
        echoes: whether `oa_send_*` events are ticked; echo_keeps_message_id: whether their msg_id
            is the message_id of the send (unknown, C).
        receipts: whether `user_received_message` is ticked.
        shut_at_night: one source's belief that CS stops from 22:00 to 06:00 (B4).
        too_late_code: -230 or -232 after seven days.
        only_hash_texts: the console option "Lọc cú pháp" (B5).
    """

    def __init__(
        self,
        *,
        clock: Now = utc_now,
        webhook_url: str | None = None,
        app_id: str = "1234567890",
        app_secret: str = "app-secret-for-tests",
        oa_secret_key: str = "oa-secret-for-tests",
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        super().__init__(clock)
        self.app_id, self.app_secret, self.oa_secret_key = app_id, app_secret, oa_secret_key
        self.oa_id, self.oa_type, self.name = "2470000000000000001", 4, "UBND xã Thử Nghiệm"
        self.oa_id_field: Literal["oaid", "oa_id"] = "oaid"
        self.calls_per_minute = 4000
        self.zca_balance_vnd: int | None = None
        self.package_messages = 0
        self.billed_vnd = 0
        self.account_trouble: int | None = None
        self.signs_with: Literal["oa_secret_key", "app_secret"] = "oa_secret_key"
        self.mac_prefix = True
        self.echoes = True
        self.echo_keeps_message_id = True
        self.receipts = False
        self.shut_at_night = False
        self.shows_strangers = True
        self.too_late_code = TOO_LATE
        self.only_hash_texts = False
        self.templates: dict[str, Template] = {}
        self.sent: list[tuple[OaPerson, SeenMessage]] = []
        self.calls: list[CallRecord] = []
        self.chat_log: list[JsonObject] = []
        self.deleted_infos: list[str] = []
        self._people: dict[str, OaPerson] = {}
        self.grants = Grants(self.time, app_id=app_id, app_secret=app_secret)
        self.desk = ConsentDesk(self, self.grants, oa_id=self.oa_id, name=self.name)
        self.rules = MessageRules(self.fetch_public, self.now, self._knows_message)
        self.business = BusinessApi(self)
        self.courier = Courier(self.time, lambda: self.client, answer_within_s=answer_within_s)
        self.courier.url = webhook_url
        self._api = OpenApi(self)
        self._page = ChatPage(self.name, self.person)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """OAuth, OpenAPI, ZNS, the chat page; anything else is Zalo's 404 (B3)."""
        return [
            *self.desk.routes(),
            *self._api.routes(),
            *self.business.routes(),
            *self._page.routes(),
            web.route("*", "/{path:(?!media/).*}", self._no_such_api),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        """HTTP 200 with a non-zero `error` (B3)."""
        return web.json_response({"error": refused.code, "message": refused.message})

    def now(self) -> datetime:
        """The emulator's time, aware UTC."""
        return self.time.now()

    def local_now(self) -> datetime:
        """The same moment in Vietnam."""
        return self.now().astimezone(LOCAL_ZONE)

    async def advance(self, seconds: float) -> None:
        """Let time pass, repeating unanswered events as their moments come (B10)."""
        await advance(self.time, self.courier, seconds)

    def new_message_id(self) -> str:
        """An id as long as Zalo's, numbered."""
        return f"{self.next_number():020x}"

    def person(self, name: str) -> OaPerson:
        """The person of this name, new on first mention: no follower, never wrote."""
        for one in self._people.values():
            if one.name == name:
                return one
        newcomer = OaPerson(self, name, len(self._people) + 1)
        self._people[newcomer.user_id] = newcomer
        return newcomer

    def people(self) -> list[OaPerson]:
        """Everybody mentioned so far."""
        return list(self._people.values())

    def person_by_id(self, user_id: str) -> OaPerson | None:
        """The person with this id of this OA."""
        return self._people.get(user_id)

    async def show(self, person: OaPerson, message: SeenMessage, *, echo: bool = True) -> None:
        """Let a message of the OA reach a person, and tell the webhook what it is told of it."""
        self.sent.append((person, message))
        line = {"msg_id": message.message_id, "text": message.text}
        self.log_line(person, line, by_user=False)
        await person.shows(message)
        if echo and self.echoes:
            self.in_background(self._quietly(echo_event(self, person, message)))
        if echo and self.receipts:
            received = person.to_user("user_received_message")
            received["message"] = {"msg_id": message.message_id}
            self.in_background(self._quietly(received))

    async def staff_writes(self, person: OaPerson, text: str, *, admin_id: str = "1") -> Delivery:
        """An official types in OA Manager; the echo carries `sender.admin_id` (B11)."""
        message = SeenMessage(self.new_message_id(), "text", self.now(), text, written_by="staff")
        self.log_line(person, {"msg_id": message.message_id, "text": text}, by_user=False)
        await person.shows(message)
        event = echo_event(self, person, message)
        event["sender"]["admin_id"] = admin_id
        return await self.raise_event(event)

    async def revokes(self) -> Delivery:
        """The OA cancels the app's rights: tokens die, `permission_revoked` (shape unknown)."""
        self.grants.revoke()
        return await self.raise_event(
            {"app_id": self.app_id, "event_name": "permission_revoked", "oa_id": self.oa_id}
        )

    async def raise_event(
        self, event: JsonObject, *, mac: str | None = None, headers: Mapping[str, str] = {}
    ) -> Delivery:
        """Sign an event and carry it to the webhook. `mac` replaces the right signature."""
        event = event | {"timestamp": str(epoch_ms(self.now()))}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        signature = mac if mac is not None else self.sign(body, event["timestamp"])
        if self._filtered(event):
            return Delivery(event["event_name"], body, {}, state="filtered")
        return await self.courier.deliver(
            event["event_name"],
            body,
            {
                "Content-Type": "application/json",
                "X-ZEvent-Signature": signature,
                **headers,
            },
        )

    def sign(self, raw_body: bytes, timestamp: str) -> str:
        """The value of X-ZEvent-Signature for these bytes."""
        own = self.signs_with == "oa_secret_key"
        key = self.oa_secret_key if own else self.app_secret
        mac = webhook_mac(self.app_id, raw_body, timestamp, key)
        return f"mac={mac}" if self.mac_prefix else mac

    async def probe(self) -> int | None:
        """An empty POST without content type; returns the HTTP status."""
        return (await self.courier.post(b"", {})).status

    async def console_check(self, url: str) -> bool:
        """The console's "check" button: an unsigned ping; the URL is kept only if it gets 200."""
        before, self.courier.url = self.courier.url, url
        attempt = await self.courier.post(b"{}", {"Content-Type": "application/json"})
        if attempt.status != 200:
            self.courier.url = before
        return attempt.status == 200

    def confirm_zns(self, phone: str, message_id: str, tracking_id: str) -> None:
        """A ZNS receipt: recipient is a phone number, header X-ZEvent-Server: ZNS (B7)."""
        if not self.receipts:
            return
        message = {"delivery_time": str(epoch_ms(self.now())), "msg_id": message_id}
        event = {
            "app_id": self.app_id,
            "event_name": "user_received_message",
            "sender": {"id": self.oa_id},
            "recipient": {"id": phone},
            "message": message | {"tracking_id": tracking_id},
        }
        self.in_background(self._quietly(event, {"X-ZEvent-Server": "ZNS"}))

    def record(self, path: str, body: JsonObject, answer: JsonObject) -> None:
        """Remember a call and its answer."""
        self.calls.append(CallRecord(self.now(), path, body, answer))

    def log_line(self, person: OaPerson, message: JsonObject, *, by_user: bool) -> None:
        """Add to what `listrecentchat` and `conversation` give back."""
        self.chat_log.append(
            log_entry(person, self.oa_id, self.name, message, by_user=by_user, at=self.now())
        )

    def _knows_message(self, message_id: str) -> bool:
        return any(line["message_id"] == message_id for line in self.chat_log)

    def _filtered(self, event: JsonObject) -> bool:
        if not self.only_hash_texts or event["event_name"] != "user_send_text":
            return False
        return not str(event["message"]["text"]).startswith("#")

    async def _quietly(self, event: JsonObject, headers: Mapping[str, str] = {}) -> None:
        await self.raise_event(event, headers=headers)

    async def _no_such_api(self, request: web.Request) -> web.Response:
        self.violate("B3", f"no such API: {request.method} {request.path}")
        answer = {"error": 404, "message": "empty or invalid API"}
        return web.json_response(answer, status=404)


def echo_event(oa: ZaloOaEmulator, person: OaPerson, message: SeenMessage) -> JsonObject:
    """The `oa_send_*` event of a message (B11)."""
    name = ECHO_EVENTS.get(message.kind, "oa_send_text")
    if message.kind in ECHO_TEMPLATES:
        name = "oa_send_template"
    message_id = message.message_id if oa.echo_keeps_message_id else oa.new_message_id()
    body: JsonObject = {"msg_id": message_id}
    if message.text:
        body["text"] = message.text
    return person.to_user(name) | {"message": body}


async def serve(port: int, webhook_url: str | None = None) -> None:
    """Run by hand: a chat page on http://127.0.0.1:`port`/ and a chat in this terminal."""
    zalo = ZaloOaEmulator(webhook_url=webhook_url)
    await zalo.start(port)
    pair = zalo.grants.mint()
    facts = {
        "app_id": zalo.app_id,
        "app_secret": zalo.app_secret,
        "oa_id": zalo.oa_id,
        "oa_secret_key": zalo.oa_secret_key,
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "webhook": webhook_url or "none: give --webhook URL",
    }
    await serve_by_hand(zalo, facts, zalo.courier, zalo.person)
