"""The OpenAPI calls of a Zalo Official Account: sends, uploads, people, quotas, ZNS (B3-B9)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.web_request import FileField

from tests.emulators.zalo_common import JsonObject, Refused, epoch_ms
from tests.emulators.zalo_oa_messages import (
    INVALID,
    TOO_LARGE,
    UPLOADS_PER_MONTH,
    Draft,
    Upload,
    UploadKind,
    check_upload,
)
from tests.emulators.zalo_oa_people import OaPerson
from tests.emulators.zalo_phone import SeenMessage

if TYPE_CHECKING:
    from tests.emulators.zalo_oa import ZaloOaEmulator

Call = Callable[[JsonObject], Awaitable[Any]]

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FREE_WINDOW = timedelta(hours=48)
PAID_WINDOW = timedelta(days=7)
PAID_PRICE_VND = 55
RATE_WINDOW = timedelta(minutes=1)

TOO_FAST, NOT_CONTACTABLE, OFFLINE, TOO_LATE, NEVER = -32, -213, -227, -230, -232
AT_NIGHT, RESTRICTED, NO_ZCA, EMPTY_ZCA, QUOTA_USED = -234, -244, -320, -321, -211
V2_CLOSED, TEMPLATE_NOT_BY_UID = -240, -249
RECENT_PER_CALL, PEOPLE_PER_CALL, LAST_OFFSET = 10, 50, 9951


class OpenApi:
    """Answers `openapi.zalo.me`; every answer is HTTP 200 with an `error` field (B3)."""

    def __init__(self, oa: ZaloOaEmulator) -> None:
        self._oa = oa
        self._called_at: deque[datetime] = deque()
        self._uploaded: dict[str, int] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        """Paths by version: v3.0 for messages and people, v2.0 for uploads and chats (B3)."""
        posts: dict[str, Call] = {
            "/v3.0/oa/message/cs": self._send_cs,
            "/v3.0/oa/message/template": self._send_template,
            "/v3.0/oa/quota/message": self._quota,
            "/v2.0/oa/deletefollowerinfo": self._delete_info,
            "/v2.0/oa/message": self._closed_v2,
        }
        gets: dict[str, Call] = {
            "/v3.0/oa/user/detail": self._detail,
            "/v3.0/oa/user/getlist": self._getlist,
            "/v2.0/oa/getoa": self._getoa,
            "/v2.0/oa/listrecentchat": self._recent,
            "/v2.0/oa/conversation": self._conversation,
        }
        return [
            *(web.post(path, self._posted(call)) for path, call in posts.items()),
            *(web.get(path, self._got(call)) for path, call in gets.items()),
            web.post("/v2.0/oa/upload/{kind:image|gif|file}", self._upload),
        ]

    def _posted(self, call: Call) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._answer(request, call, await _json_body(request))

        return handle

    def _got(self, call: Call) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._answer(request, call, _query_data(request))

        return handle

    async def _answer(
        self, request: web.Request, call: Call, body: JsonObject | Refused
    ) -> web.Response:
        try:
            self._admit(request)
            if isinstance(body, Refused):
                raise body
            data = await call(body)
            answer = {"error": 0, "message": "Success", "data": data}
        except Refused as refused:
            answer = {"error": refused.code, "message": refused.message}
        self._oa.record(request.path, body if isinstance(body, dict) else {}, answer)
        return web.json_response(answer, headers=self._rate_headers())

    def _admit(self, request: web.Request) -> None:
        if "Authorization" in request.headers:
            self._oa.violate("B3", "the token goes in header access_token, not Authorization")
        self._count_call()
        if self._oa.account_trouble is not None:
            raise Refused(self._oa.account_trouble, "the account is in trouble")
        self._oa.grants.check_access(request.headers.get("access_token", ""))

    def _count_call(self) -> None:
        now = self._oa.now()
        while self._called_at and now - self._called_at[0] >= RATE_WINDOW:
            self._called_at.popleft()
        if len(self._called_at) >= self._oa.calls_per_minute:
            raise Refused(TOO_FAST, "Your application reached limit call api")
        self._called_at.append(now)

    def _rate_headers(self) -> dict[str, str]:
        limit = self._oa.calls_per_minute
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remain": str(max(0, limit - len(self._called_at))),
        }

    async def _send_cs(self, body: JsonObject) -> JsonObject:
        person = self._recipient((body.get("recipient") or {}).get("user_id"))
        draft = await self._oa.rules.read(body.get("message"))
        quota, billed_vnd = self._charge(person)
        return await self._deliver(person, draft, quota, billed_vnd)

    async def _send_template(self, body: JsonObject) -> JsonObject:
        """A template by user id: the only way after seven days (B7)."""
        person = self._recipient(body.get("user_id"))
        template = self._oa.templates.get(str(body.get("template_id")))
        if template is None or not isinstance(body.get("template_data"), dict):
            raise Refused(INVALID, "template is invalid")
        if not template.by_uid:
            raise Refused(TEMPLATE_NOT_BY_UID, "this template cannot be sent by user id")
        text = template.fill(body["template_data"])
        if text is None:
            raise Refused(INVALID, "template_data is invalid")
        self._reachable(person)
        self._pay(template.price_vnd)
        quota = {"quota_type": "purchase_quota"}
        return await self._deliver(person, Draft("template", text), quota, template.price_vnd)

    async def _deliver(
        self, person: OaPerson, draft: Draft, quota: JsonObject, billed_vnd: int
    ) -> JsonObject:
        at = self._oa.now()
        message = SeenMessage(
            self._oa.new_message_id(),
            draft.kind,
            at,
            draft.text,
            draft.buttons,
            draft.media,
            billed_vnd,
        )
        await self._oa.show(person, message)
        return {
            "message_id": message.message_id,
            "user_id": person.user_id,
            "sent_time": str(epoch_ms(at)),
            "quota": quota,
        }

    def _recipient(self, user_id: Any) -> OaPerson:
        if not isinstance(user_id, str):
            self._oa.violate("B1", "user ids are strings; a number loses digits")
            raise Refused(INVALID, "user_id is invalid")
        person = self._oa.person_by_id(user_id)
        if person is None:
            raise Refused(NOT_CONTACTABLE, "user has not followed this OA")
        return person

    def _reachable(self, person: OaPerson) -> None:
        if person.blocked:
            raise Refused(NOT_CONTACTABLE, "user has blocked this OA")
        if person.offline_45_days:
            raise Refused(OFFLINE, "user is banned or was offline for 45 days")
        if person.restricts:
            raise Refused(RESTRICTED, "user has restricted this type of message")

    def _charge(self, person: OaPerson) -> tuple[JsonObject, int]:
        """Which window the person is in, and what the message costs (B4)."""
        self._reachable(person)
        now = self._oa.now()
        if self._oa.shut_at_night and not 6 <= now.astimezone(LOCAL_ZONE).hour < 22:
            raise Refused(AT_NIGHT, "messages cannot be sent between 22:00 and 06:00")
        if person.last_interaction_at is None:
            raise Refused(NEVER, "no interaction with this OA")
        since = now - person.last_interaction_at
        if since > PAID_WINDOW:
            raise Refused(self._oa.too_late_code, "no interaction within 7 days")
        if since <= FREE_WINDOW:
            return {"quota_type": "reply"}, 0
        if self._oa.package_messages > 0:
            self._oa.package_messages -= 1
            return {"quota_type": "sub_quota", "remain": self._oa.package_messages}, 0
        self._pay(PAID_PRICE_VND)
        return {"quota_type": "purchase_quota"}, PAID_PRICE_VND

    def _pay(self, price_vnd: int) -> None:
        if self._oa.zca_balance_vnd is None:
            raise Refused(NO_ZCA, "no Zalo Cloud Account is linked")
        if self._oa.zca_balance_vnd < price_vnd:
            raise Refused(EMPTY_ZCA, "the Zalo Cloud Account is out of money")
        self._oa.zca_balance_vnd -= price_vnd
        self._oa.billed_vnd += price_vnd

    async def _upload(self, request: web.Request) -> web.Response:
        kind: UploadKind = request.match_info["kind"]  # type: ignore[assignment]  # by the route

        async def keep(_body: JsonObject) -> JsonObject:
            return self._keep(kind, await _uploaded_file(request))

        return await self._answer(request, keep, {})

    def _keep(self, kind: UploadKind, given: tuple[bytes, str]) -> JsonObject:
        content, name = given
        if "." not in name:
            self._oa.violate("B6", "a file name without extension gives an empty answer")
            return {}
        check_upload(kind, content, name)
        month = self._oa.now().astimezone(LOCAL_ZONE).strftime("%Y-%m")
        if self._uploaded.get(month, 0) >= UPLOADS_PER_MONTH:
            raise Refused(QUOTA_USED, "monthly upload quota used up")
        self._uploaded[month] = self._uploaded.get(month, 0) + 1
        upload_id = f"upload-{self._oa.next_number():06d}"
        self._oa.rules.uploads[upload_id] = Upload(kind, content, name, self._oa.now())
        key = self._oa.rules.file_key if kind == "file" else "attachment_id"
        return {key: upload_id}

    async def _detail(self, body: JsonObject) -> JsonObject:
        person = self._recipient(body.get("user_id"))
        if not (person.is_follower or self._oa.shows_strangers):
            raise Refused(NOT_CONTACTABLE, "user has not followed this OA")
        return describe(person)

    async def _getlist(self, body: JsonObject) -> JsonObject:
        offset, count = _page(body, PEOPLE_PER_CALL, LAST_OFFSET)
        people = [one for one in self._oa.people() if self._matches(one, body)]
        return {
            "total": len(people),
            "count": len(people[offset : offset + count]),
            "offset": offset,
            "users": [{"user_id": one.user_id} for one in people[offset : offset + count]],
        }

    def _matches(self, person: OaPerson, body: JsonObject) -> bool:
        wanted = body.get("is_follower")
        if wanted is not None and str(wanted).lower() != str(person.is_follower).lower():
            return False
        days = {"TODAY": 0, "L7D": 7, "L30D": 30}.get(str(body.get("last_interaction_period")))
        if days is None:
            return True
        if person.last_interaction_at is None:
            return False
        today = self._oa.now().astimezone(LOCAL_ZONE).date()
        return (today - person.last_interaction_at.astimezone(LOCAL_ZONE).date()).days <= days

    async def _getoa(self, _body: JsonObject) -> JsonObject:
        return {
            self._oa.oa_id_field: self._oa.oa_id,
            "name": self._oa.name,
            "oa_type": self._oa.oa_type,
            "is_verified": True,
            "num_follower": sum(one.is_follower for one in self._oa.people()),
        }

    async def _recent(self, body: JsonObject) -> list[JsonObject]:
        return self._lines(body, self._oa.chat_log)

    async def _conversation(self, body: JsonObject) -> list[JsonObject]:
        user_id = self._recipient(body.get("user_id")).user_id
        ends = ("from_id", "to_id")
        mine = [line for line in self._oa.chat_log if user_id in {line[end] for end in ends}]
        return self._lines(body, mine)

    def _lines(self, body: JsonObject, log: list[JsonObject]) -> list[JsonObject]:
        offset, count = _page(body, RECENT_PER_CALL, 10**9)
        return log[::-1][offset : offset + count]

    async def _quota(self, body: JsonObject) -> Any:
        if "quota_owner" in body:
            kinds = {key: body.get(key) for key in ("product_type", "quota_type")}
            return [kinds | {"remain": self._oa.package_messages}]
        person = self._recipient(body.get("user_id"))
        at = person.last_interaction_at
        return {"last_interaction": epoch_ms(at) if at else 0, "promotion": {}}

    async def _delete_info(self, body: JsonObject) -> JsonObject:
        person = self._recipient(body.get("user_id"))
        person.shared_info, person.alias = {}, ""
        self._oa.deleted_infos.append(person.user_id)
        return {}

    async def _closed_v2(self, _body: JsonObject) -> JsonObject:
        self._oa.violate("B3", "v2 message sending is shut")
        raise Refused(V2_CLOSED, "this API version is closed")


def describe(person: OaPerson) -> JsonObject:
    """`/v3.0/oa/user/detail` (B8); `shared_info` stays empty until the person gave it."""
    at = person.last_interaction_at
    return {
        "user_id": person.user_id,
        "user_id_by_app": person.user_id_by_app,
        "user_external_id": "",
        "display_name": person.name,
        "user_alias": person.alias,
        "is_sensitive": person.is_sensitive,
        "user_is_follower": person.is_follower,
        "user_last_interaction_date": at.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y") if at else "",
        "avatar": "",
        "avatars": {"120": "", "240": ""},
        "tags_and_notes_info": {"tag_names": [], "notes": []},
        "shared_info": dict(person.shared_info),
    }


async def _json_body(request: web.Request) -> JsonObject | Refused:
    if request.content_type != "application/json":
        return Refused(INVALID, "Content-Type must be application/json")
    try:
        body = json.loads(await request.read())
    except ValueError:
        return Refused(INVALID, "body is no JSON")
    return body if isinstance(body, dict) else Refused(INVALID, "body is no JSON object")


def _query_data(request: web.Request) -> JsonObject | Refused:
    """GET parameters travel as one JSON in `?data=` (B3)."""
    if set(request.query) - {"data"}:
        return Refused(INVALID, "parameters go in ?data=")
    try:
        body = json.loads(request.query.get("data", "{}"))
    except ValueError:
        return Refused(INVALID, "data is no JSON")
    return body if isinstance(body, dict) else Refused(INVALID, "data is no JSON object")


def _page(body: JsonObject, most: int, last_offset: int) -> tuple[int, int]:
    offset, count = body.get("offset", 0), body.get("count", most)
    if not isinstance(offset, int) or not isinstance(count, int) or offset < 0 or count < 1:
        raise Refused(INVALID, "offset or count is invalid")
    if count > most or offset > last_offset:
        raise Refused(TOO_LARGE, f"count at most {most}, offset at most {last_offset}")
    return offset, count


async def _uploaded_file(request: web.Request) -> tuple[bytes, str]:
    if request.content_type != "multipart/form-data":
        raise Refused(INVALID, "an upload is multipart/form-data")
    given = (await request.post()).get("file")
    if not isinstance(given, FileField):
        raise Refused(INVALID, "the field `file` is missing")
    return given.file.read(), given.filename
