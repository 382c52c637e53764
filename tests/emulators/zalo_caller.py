"""Plain HTTP calls to the OA emulator, for tests that need no bot."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse, ClientSession, FormData

from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson

Answer = dict[str, Any]


class OaCaller:
    """Calls with header `access_token` and reads the JSON answers.

    `access_token` None means a fresh one for every call.
    """

    def __init__(self, client: ClientSession, oa: ZaloOaEmulator) -> None:
        self.client = client
        self.oa = oa
        self.access_token: str | None = None
        self.rate_headers: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        """The one header a call needs."""
        if self.access_token is None:
            return {"access_token": self.oa.grants.mint().access_token}
        return {"access_token": self.access_token}

    async def posts(self, path: str, body: Any) -> Answer:
        """POST JSON."""
        headers = self.headers()
        async with self.client.post(self.oa.base_url + path, json=body, headers=headers) as answer:
            return await self._read(answer)

    async def gets(self, path: str, body: Any = None) -> Answer:
        """GET with everything in `?data=`."""
        query = {} if body is None else {"data": json.dumps(body)}
        headers = self.headers()
        url = self.oa.base_url + path
        async with self.client.get(url, params=query, headers=headers) as answer:
            return await self._read(answer)

    async def uploads(self, kind: str, content: bytes, name: str) -> Answer:
        """Multipart upload to `/v2.0/oa/upload/<kind>`."""
        form = FormData()
        form.add_field("file", BytesIO(content), filename=name)
        url = f"{self.oa.base_url}/v2.0/oa/upload/{kind}"
        headers = self.headers()
        async with self.client.post(url, data=form, headers=headers) as answer:
            return await self._read(answer)

    async def sends(self, person: OaPerson, message: Any) -> Answer:
        """A CS message."""
        body = {"recipient": {"user_id": person.user_id}, "message": message}
        return await self.posts("/v3.0/oa/message/cs", body)

    async def _read(self, answer: ClientResponse) -> Answer:
        self.rate_headers = {
            key: value for key, value in answer.headers.items() if "RateLimit" in key
        }
        read: Answer = await answer.json()
        return read


def media_message(**element: Any) -> Answer:
    """A message with one media element."""
    payload = {"template_type": "media", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


def button_message(*buttons: Answer, text: str = "Chọn giúp em ạ.", **payload: Any) -> Answer:
    """A text with buttons; `template_type="button"` may be added."""
    whole = payload | {"buttons": list(buttons)}
    return {"text": text, "attachment": {"type": "template", "payload": whole}}


def query_button(title: str = "Nộp", payload: str = "#nop 1", kind: str = "show") -> Answer:
    """A button that sends its payload back as text."""
    return {"title": title, "type": f"oa.query.{kind}", "payload": payload}
