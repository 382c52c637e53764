"""Calls to the Zalo Bot Platform: the token in the URL, `ok` as the only proof (Zalo reference, A1 to A3)."""

from __future__ import annotations

from typing import Any

from bot.channels.base import (
    ChannelDown,
    OutcomeUnknown,
    Refused,
    SendFailed,
    TryLater,
    Unreachable,
)
from bot.channels.zalo_http import CallFailed, Garbled, Http, JsonObject, NotSent, hidden
from bot.channels.zalo_oa_errors import backoff_s

BAD_REQUEST, BAD_TOKEN, ODD_INTERNAL, NOT_FOUND, NOTHING_NEW, QUOTA = 400, 401, 403, 404, 408, 429

MOST_TRIES = 3
"""Of a passing refusal (point 23)."""

_UNKNOWN_CHAT = ("chat not found", "user not found", "blocked")


class BotError(Exception):
    """Zalo refused the call: nothing was done. Codes are those of A2."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"error {code}: {description}")
        self.code = code
        self.description = description


class BotApi:
    """The methods of one bot.

    Args:
        url: "https://bot-api.zaloplatforms.com".
        token: sits in every URL, so no URL is ever logged (A1).
    """

    def __init__(self, url: str, token: str, http: Http) -> None:
        self._base = f"{url.rstrip('/')}/bot{token}"
        self._http = http

    async def call(
        self, method: str, body: JsonObject | None = None, *, answer_s: float = 25.0
    ) -> Any:
        """`result` of a method, None where it has none.

        Raises:
            BotError: refused. CallFailed: no usable answer.
        """
        answer = await self._http.call(
            "POST", f"{self._base}/{method}", json=body or {}, answer_s=answer_s
        )
        if answer.get("ok") is True:
            return answer.get("result")
        # testWebhook spells the field `errorCode` (A2)
        code = answer.get("error_code", answer.get("errorCode"))
        if answer.get("ok") is not False or not isinstance(code, int | str):
            raise Garbled("an answer without `ok`", 200)
        try:
            number = int(code)
        except ValueError:
            raise Garbled("an error code that is no number", 200) from None
        raise BotError(number, hidden(str(answer.get("description") or ""))[:300])


def failure(error: BotError | CallFailed, *, tried: int) -> SendFailed:
    """What a failed send means for its message.

    Args:
        tried: how often this message met a passing refusal before.
    """
    if isinstance(error, NotSent):
        return TryLater(str(error), after_s=backoff_s(tried))
    if isinstance(error, CallFailed):
        # the platform shows no conversation: whether it was carried cannot be told
        return OutcomeUnknown(str(error))
    words = str(error)
    match error.code:
        case 401:
            return ChannelDown(f"the bot token is not valid any more; {words}")
        case 429:
            return ChannelDown(f"the plan's quota is used up; {words}")
        case 403 | 408 | 500 | 502 | 503 | 504:
            # 403 is labelled "internal server error" in the documents (A2)
            if tried + 1 >= MOST_TRIES:
                return Refused(words)
            return TryLater(words, after_s=backoff_s(tried))
    if any(sign in error.description.lower() for sign in _UNKNOWN_CHAT):
        return Unreachable(words)
    return Refused(words)
