"""Approved templates, by user id and by phone (ZNS), and the business host's own codes (B7, B9)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.emulators.zalo_common import JsonObject, Refused, epoch_ms
from tests.emulators.zalo_oa_people import OaPerson
from tests.emulators.zalo_phone import SeenMessage

if TYPE_CHECKING:
    from tests.emulators.zalo_oa import ZaloOaEmulator

PHONE = re.compile(r"84\d{9,10}")
PLACEHOLDER = re.compile(r"<(\w+)>")
TRACKING_LIMIT = 48

# These codes mean other things on openapi.zalo.me (B9).
BAD_PHONE, BAD_TEMPLATE, TOO_LONG, MISSING = -108, -109, -1121, -1122
NO_ACCOUNT, TOKEN_INVALID, ADMINS_ONLY, NOT_APPROVED = -118, -124, -127, -131
CANNOT_RECEIVE, AT_NIGHT, NO_ZCA, EMPTY_ZCA, DAILY_LIMIT = -114, -133, -136, -137, -144


@dataclass(frozen=True)
class Template:
    """An approved text with `<parameters>`; prices are 200 to 300 VND, public sector about 120."""

    words: str
    price_vnd: int = 120
    by_uid: bool = True
    approved: bool = True
    at_night: bool = True

    def fill(self, data: JsonObject) -> str | None:
        """The text as the person reads it; None when a parameter is missing or no text."""
        names = PLACEHOLDER.findall(self.words)
        if any(not isinstance(data.get(name), str) or not data[name] for name in names):
            return None
        return PLACEHOLDER.sub(lambda match: str(data[match.group(1)]), self.words)


class BusinessApi:
    """Answers `business.openapi.zalo.me/message/template`.

    Attributes:
        admin_phones: who may receive `mode: "development"`.
        daily_quota: ZNS a day.
    """

    def __init__(self, oa: ZaloOaEmulator) -> None:
        self.admin_phones: set[str] = set()
        self.daily_quota = 500
        self._oa = oa
        self._sent_on: dict[str, int] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        """The one call a reporting bot needs."""
        return [web.post("/message/template", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Send a template to a phone number."""
        body: Any = None
        try:
            self._check_token(request.headers.get("access_token", ""))
            body = _object(await request.read())
            answer = {"error": 0, "message": "Success", "data": await self._send(body)}
        except Refused as refused:
            answer = {"error": refused.code, "message": refused.message}
        self._oa.record(request.path, body if isinstance(body, dict) else {}, answer)
        return web.json_response(answer)

    def _check_token(self, access_token: str) -> None:
        try:
            self._oa.grants.check_access(access_token)
        except Refused:
            raise Refused(TOKEN_INVALID, "Access token invalid") from None

    async def _send(self, body: JsonObject) -> JsonObject:
        phone = str(body.get("phone", ""))
        if not PHONE.fullmatch(phone):
            raise Refused(BAD_PHONE, "Phone number invalid")
        template, text = self._filled(body)
        if len(str(body.get("tracking_id", ""))) > TRACKING_LIMIT:
            raise Refused(TOO_LONG, "tracking_id is too long")
        if body.get("mode") == "development" and phone not in self.admin_phones:
            raise Refused(ADMINS_ONLY, "Test template can be sent to admins only")
        person = self._receiver(phone)
        local = self._oa.local_now()
        if not template.at_night and not 6 <= local.hour < 22:
            raise Refused(AT_NIGHT, "ZNS cannot be sent at night")
        remaining = self._count(local.date().isoformat())
        self._pay(template.price_vnd)
        message = SeenMessage(
            self._oa.new_message_id(),
            "zns",
            self._oa.now(),
            text,
            billed_vnd=template.price_vnd,
        )
        await self._oa.show(person, message, echo=False)
        self._oa.confirm_zns(phone, message.message_id, str(body.get("tracking_id", "")))
        return {
            "msg_id": message.message_id,
            "sent_time": str(epoch_ms(message.at)),
            "quota": {"dailyQuota": str(self.daily_quota), "remainingQuota": str(remaining)},
        }

    def _filled(self, body: JsonObject) -> tuple[Template, str]:
        template = self._oa.templates.get(str(body.get("template_id")))
        if template is None:
            raise Refused(BAD_TEMPLATE, "Template id invalid")
        if not template.approved:
            raise Refused(NOT_APPROVED, "Template is not approved")
        data = body.get("template_data")
        text = template.fill(data) if isinstance(data, dict) else None
        if text is None:
            raise Refused(MISSING, "template_data is missing a parameter")
        return template, text

    def _receiver(self, phone: str) -> OaPerson:
        for person in self._oa.people():
            if person.phone_number == phone:
                if person.blocked:
                    raise Refused(CANNOT_RECEIVE, "This person cannot receive ZNS")
                return person
        raise Refused(NO_ACCOUNT, "Zalo account not existed")

    def _count(self, day: str) -> int:
        if self._sent_on.get(day, 0) >= self.daily_quota:
            raise Refused(DAILY_LIMIT, "OA daily limit reached")
        self._sent_on[day] = self._sent_on.get(day, 0) + 1
        return self.daily_quota - self._sent_on[day]

    def _pay(self, price_vnd: int) -> None:
        if self._oa.zca_balance_vnd is None:
            raise Refused(NO_ZCA, "No Zalo Cloud Account")
        if self._oa.zca_balance_vnd < price_vnd:
            raise Refused(EMPTY_ZCA, "Zalo Cloud Account is out of money")
        self._oa.zca_balance_vnd -= price_vnd
        self._oa.billed_vnd += price_vnd


def _object(raw: bytes) -> JsonObject:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(MISSING, "body is no JSON object")
    return body
