"""Calls to openapi.zalo.me: header, envelope, and one new token when the old one is refused (B3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import msgspec
from aiohttp import FormData

from bot.channels.base import ChannelDown
from bot.channels.zalo_http import Garbled, Http, JsonObject, hidden
from bot.channels.zalo_oa_errors import kind_of
from bot.channels.zalo_oa_tokens import TokenKeeper

SEND = "/v3.0/oa/message/cs"
TEMPLATE = "/v3.0/oa/message/template"
DETAIL = "/v3.0/oa/user/detail"
OUR_ACCOUNT = "/v2.0/oa/getoa"
RECENT = "/v2.0/oa/listrecentchat"
CONVERSATION = "/v2.0/oa/conversation"
UPLOAD = "/v2.0/oa/upload/"

LINES_PER_CALL = 10
"""Of `listrecentchat` and `conversation` (B8)."""


class OaError(Exception):
    """Zalo refused the call: nothing was done. `code` is the one of B9."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"error {code}: {message}")
        self.code = code
        self.message = message


class OpenApi:
    """The calls of one Official Account."""

    def __init__(self, url: str, tokens: TokenKeeper, http: Http) -> None:
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._http = http

    async def post(self, path: str, body: JsonObject) -> JsonObject:
        """`data` of a POST with a JSON body.

        Raises:
            OaError: refused. CallFailed: no usable answer. ChannelDown, TryLater: no token.
        """
        data = await self._called(
            lambda headers: self._http.call(
                "POST", f"{self._url}{path}", json=body, headers=headers
            )
        )
        return data if isinstance(data, dict) else {}

    async def get(self, path: str, body: JsonObject | None = None) -> Any:
        """`data` of a GET; parameters travel as one JSON in `?data=` (B3). Raises as `post`."""
        params = None if body is None else {"data": msgspec.json.encode(body).decode()}
        return await self._called(
            lambda headers: self._http.call(
                "GET", f"{self._url}{path}", params=params, headers=headers
            )
        )

    async def upload(self, kind: str, content: bytes, name: str, content_type: str) -> JsonObject:
        """`data` of an upload: `attachment_id` or `token` (B6). `name` needs an extension. Raises as `post`."""

        async def call(headers: dict[str, str]) -> JsonObject:
            form = FormData()
            form.add_field("file", BytesIO(content), filename=name, content_type=content_type)
            url = f"{self._url}{UPLOAD}{kind}"
            return await self._http.call("POST", url, upload=form, headers=headers)

        data = await self._called(call)
        return data if isinstance(data, dict) else {}

    async def _called(self, call: Callable[[dict[str, str]], Awaitable[JsonObject]]) -> Any:
        token = await self._tokens.access()
        try:
            return _data(await call({"access_token": token}))
        except OaError as error:
            if kind_of(error.code, error.message) != "token":
                raise
        token = await self._tokens.access(refused=token)
        try:
            return _data(await call({"access_token": token}))
        except OaError as error:
            if kind_of(error.code, error.message) == "token":
                raise ChannelDown(
                    f"Zalo refuses a fresh token ({error.code}); run `soxanh zalo connect`"
                ) from None
            raise


def _data(answer: JsonObject) -> Any:
    """What a good answer carries: good means that `error` is 0, whatever the HTTP status (point 24)."""
    try:
        code = int(answer["error"])
    except (KeyError, TypeError, ValueError):
        raise Garbled("an answer without `error`", 200) from None
    if code != 0:
        raise OaError(code, hidden(str(answer.get("message") or ""))[:300])
    data = answer.get("data")
    return {} if data is None else data
