"""Plain HTTPS calls to both Zalo platforms: JSON in and out, and no secret in any error.

Whether a call may be made again depends on how it failed, so there are three failures:
nothing was sent, no answer came, or the answer made no sense (Zalo reference, points 11, 23, 24).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
    InvalidURL,
    TCPConnector,
)

JsonObject = dict[str, Any]

CONNECT_S = 10.0
ANSWER_S = 25.0
"""Shorter than `deliver` waits (40 s), so that the outcome is known here first."""

MOST_ANSWER_BYTES = 4 * 1024 * 1024

_SECRETS = re.compile(
    r"(/bot)[^/\s]+|((?:access_token|refresh_token|secret_key|code_verifier|code)[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]+"
)


def hidden(words: str) -> str:
    """`words` without bot tokens in URLs and without the values of secret fields (point 31)."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}(hidden)", words)


class CallFailed(Exception):
    """A call gave no usable answer."""


class NotSent(CallFailed):
    """No connection: the platform never saw the call."""


class Unanswered(CallFailed):
    """The call left, and no answer came: it may have been done."""


class Garbled(CallFailed):
    """The answer was no JSON object: a proxy's page, most likely. It may have been done.

    `status` is the HTTP status.
    """

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Http:
    """One pool of connections. Opened at the first call; close it when done."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        upload: FormData | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        answer_s: float = ANSWER_S,
    ) -> JsonObject:
        """The JSON object a call answers, whatever its HTTP status.

        Raises:
            NotSent, Unanswered, Garbled: see their docstrings; none carries the URL.
        """
        body = upload if upload is not None else (dict(form) if form is not None else None)
        try:
            async with self._opened().request(
                method,
                url,
                json=dict(json) if json is not None else None,
                data=body,
                params=params,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=answer_s, connect=CONNECT_S),
            ) as answer:
                raw = await answer.content.read(MOST_ANSWER_BYTES)
                while not answer.content.at_eof() and len(raw) < MOST_ANSWER_BYTES:
                    raw += await answer.content.read(MOST_ANSWER_BYTES - len(raw))
                return _object(raw, answer.status)
        except (ClientConnectorError, ConnectionTimeoutError, InvalidURL) as error:
            raise NotSent(f"no connection: {type(error).__name__}") from None
        except (ClientError, TimeoutError, OSError) as error:
            raise Unanswered(f"no answer: {type(error).__name__}") from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(connector=TCPConnector(limit=50, keepalive_timeout=15))
        return self._session


def _object(raw: bytes, status: int) -> JsonObject:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise Garbled(f"HTTP {status} without a JSON object", status)
    return found
