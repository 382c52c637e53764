"""What each error code of openapi.zalo.me means for the message (Zalo reference, B9 and point 23)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.channels.base import (
    ChannelDown,
    Refused,
    SendFailed,
    TryLater,
    Unreachable,
    WindowClosed,
)

Kind = Literal[
    "ok",
    "later",  # call rate, nothing wrong with the message
    "once",  # may be tried once more
    "upload",  # the attachment's id is over: upload again
    "night",  # after 06:00
    "token",
    "window",  # the person must write first
    "gone",  # this person cannot be reached by this kind of message
    "money",  # no paid messages until an administrator acts
    "stop",  # nothing can be sent until an administrator acts
    "refused",  # this very message
]

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING_HOUR = 6

INVALID = -201
"""A parameter is wrong: where sources conflict about a shape, the other shape is tried."""

_KINDS: dict[int, Kind] = {
    0: "ok",
    -32: "later",
    -214: "later",
    -200: "once",
    -100: "upload",
    -234: "night",
    -216: "token",
    -220: "token",
    -401: "token",
    -211: "window",
    -218: "window",
    -213: "window",
    -227: "window",
    -230: "window",
    -232: "window",
    -305: "window",
    -311: "window",
    -217: "gone",
    -244: "gone",
    -320: "money",
    -321: "money",
    -204: "stop",
    -205: "stop",
    -209: "stop",
    -212: "stop",
    -219: "stop",
    -221: "stop",
    -223: "stop",
    -224: "stop",
    -235: "stop",
    -240: "stop",
    -242: "stop",
}
"""Everything else (-201, -210, -222, -233, -237, -238, -241, -248, -249, -403, unknown codes) is "refused".

-124 is not here: it belongs to business.openapi.zalo.me (B9), so from this host it is an unknown code.
"""

_ADVICE = {
    -204: "the Official Account was deleted",
    -205: "the Official Account does not exist",
    -209: "the app is not active: switch it on at developers.zalo.me",
    -212: "the app is not registered for the Official Account API",
    -219: "the app was removed or disabled",
    -221: "the Official Account must be verified",
    -223: "the Official Account has not granted this permission: run `soxanh zalo connect` again",
    -224: "the Official Account needs a higher package",
    -235: "this kind of Official Account may not send such messages",
    -240: "this version of the message API is closed",
    -242: "the appsecret_proof is wrong",
    -320: "no Zalo Cloud Account is linked: paid messages are off",
    -321: "the Zalo Cloud Account is out of money: paid messages are off",
}


def kind_of(code: int, message: str = "") -> Kind:
    """The class of a code. Zalo was seen to leave the minus sign off token errors: 216, 401 (B9).

    -223 means "no grant", or the quota of articles: the words beside it tell (B9).
    """
    if code > 0 and -code in _KINDS:
        code = -code
    if code == -223 and "quota" in message.lower():
        return "refused"
    return _KINDS.get(code, "refused")


def advice(code: int) -> str:
    """What an administrator should do, in English for the log and the alert; "" when there is nothing to say."""
    return _ADVICE.get(-abs(code), "")


def failure(code: int, message: str, *, now: datetime, tried: int = 0) -> SendFailed:
    """What follows from an error code for the message that met it. Token errors are the caller's.

    Args:
        tried: how often this message met a passing error before; see `backoff_s`.
    """
    words = f"error {code}: {message[:200]}"
    match kind_of(code, message):
        case "later" | "upload":
            return TryLater(words, after_s=backoff_s(tried))
        case "once":
            return Refused(words) if tried else TryLater(words, after_s=backoff_s(0))
        case "night":
            return TryLater(words, after_s=(morning(now) - now).total_seconds())
        case "window" | "money":
            return WindowClosed(words)
        case "gone":
            return Unreachable(words)
        case "stop" | "token":
            return ChannelDown(f"{words}; {advice(code)}".rstrip("; "))
        case _:
            return Refused(words)


def backoff_s(tried: int) -> float:
    """5, 10, 20 … at most 600 s, with up to a quarter of chance in it, so that crowds do not return together."""
    return float(min(600.0, 5.0 * 2.0**tried) * random.uniform(1.0, 1.25))


def morning(now: datetime) -> datetime:
    """The next 06:00 in Việt Nam (B4: -234 is "not at night", its time zone is undocumented)."""
    local = now.astimezone(VIETNAM)
    six = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return six if local < six else six + timedelta(days=1)
