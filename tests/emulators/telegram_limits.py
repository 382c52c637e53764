"""How many messages Telegram takes from a bot, and what goes wrong on demand.

Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict, Unpack

from tests.emulators.telegram_world import Chat, Refused

PER_SECOND = 30
PER_MINUTE_IN_A_GROUP = 20
# "In a single chat, avoid sending more than one message per second. We may allow short bursts".
CHAT_BURST = 3


@dataclass
class _Chat:
    """One chat's allowance: a bucket refilled once a second, and the last minute's messages."""

    tokens: float
    filled_at: datetime
    minute: deque[datetime] = field(default_factory=deque)


class FloodLimits:
    """Refuses what comes too fast, when `strict`; counts what it would refuse either way."""

    def __init__(self, clock: Callable[[], datetime], *, strict: bool, burst: int) -> None:
        self.strict = strict
        self.burst = burst
        self.breaches: list[tuple[datetime, int, int]] = []
        self._clock = clock
        self._second: deque[datetime] = deque()
        self._chats: dict[int, _Chat] = {}

    def take(self, chat: Chat, messages: int = 1) -> None:
        """Account for messages sent now; an album counts each of its items.

        Raises:
            Refused: 429 with retry_after in seconds, in strict mode only.
        """
        now = self._clock()
        state = self._chats.setdefault(chat.id, _Chat(self.burst, now))
        wait_s = max(
            self._overall_wait_s(now, messages),
            self._chat_wait_s(state, now),
            0.0 if chat.is_private else _window_wait_s(state.minute, now, messages),
        )
        if wait_s > 0:
            retry_after = max(1, math.ceil(wait_s))
            self.breaches.append((now, chat.id, retry_after))
            if self.strict:
                raise too_many_requests(retry_after)
        state.tokens = max(state.tokens - messages, -float(PER_SECOND))
        self._second.extend([now] * messages)
        state.minute.extend([now] * messages)

    def _overall_wait_s(self, now: datetime, messages: int) -> float:
        _forget_before(self._second, now - timedelta(seconds=1))
        return 1.0 if len(self._second) + messages > PER_SECOND else 0.0

    def _chat_wait_s(self, state: _Chat, now: datetime) -> float:
        passed_s = max(0.0, (now - state.filled_at).total_seconds())
        state.tokens = min(float(self.burst), state.tokens + passed_s)
        state.filled_at = now
        return max(0.0, 1.0 - state.tokens)


def _window_wait_s(minute: deque[datetime], now: datetime, messages: int) -> float:
    _forget_before(minute, now - timedelta(minutes=1))
    if len(minute) + messages <= PER_MINUTE_IN_A_GROUP or not minute:
        return 0.0
    return (minute[0] + timedelta(minutes=1) - now).total_seconds()


def _forget_before(times: deque[datetime], limit: datetime) -> None:
    while times and times[0] <= limit:
        times.popleft()


def too_many_requests(retry_after_s: int) -> Refused:
    """Telegram's 429."""
    return Refused(
        429, f"Too Many Requests: retry after {retry_after_s}", retry_after=retry_after_s
    )


FaultKind = Literal["hang", "server_error", "bad_gateway", "too_many", "reset", "slow"]


class Which(TypedDict, total=False):
    """Which calls a fault befalls, and whether they take effect all the same."""

    times: int
    when: Callable[[str, dict[str, Any]], bool]
    accepted: bool


@dataclass
class Fault:
    """One thing that will go wrong. `accepted`: the call takes effect before it goes wrong."""

    kind: FaultKind
    method: str | None = None
    times: int = 1
    when: Callable[[str, dict[str, Any]], bool] | None = None
    accepted: bool = False
    retry_after_s: int = 0
    delay_s: float = 0.0


class Faults:
    """Faults in the order they were asked for; each takes the next `times` (1) matching calls.

    `method` is a method's name, or "download" for files; None means any call but getUpdates.
    `when(method, params)` narrows further. Each returns the fault, for `faults.lift(fault)`.
    """

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def hangs(self, method: str | None = None, **which: Unpack[Which]) -> Fault:
        """The answer never comes; unless told otherwise the call took effect all the same."""
        which.setdefault("accepted", True)
        return self._add(Fault("hang", method, **which))

    def server_error(self, method: str | None = None, **which: Unpack[Which]) -> Fault:
        """500 with Telegram's JSON."""
        return self._add(Fault("server_error", method, **which))

    def bad_gateway(self, method: str | None = None, **which: Unpack[Which]) -> Fault:
        """502 with an HTML page, as the proxy in front of the API gives it."""
        return self._add(Fault("bad_gateway", method, **which))

    def too_many_requests(
        self, retry_after_s: int, method: str | None = None, **which: Unpack[Which]
    ) -> Fault:
        """429 with parameters.retry_after, in whole seconds."""
        return self._add(Fault("too_many", method, retry_after_s=retry_after_s, **which))

    def resets(self, method: str | None = None, **which: Unpack[Which]) -> Fault:
        """The connection is cut without an answer."""
        return self._add(Fault("reset", method, **which))

    def slow(self, delay_s: float, method: str | None = None, **which: Unpack[Which]) -> Fault:
        """The call works, its answer comes `delay_s` real seconds late."""
        which.setdefault("accepted", True)
        return self._add(Fault("slow", method, delay_s=delay_s, **which))

    def lift(self, fault: Fault) -> None:
        """Take a fault back, used up or not."""
        if fault in self.waiting:
            self.waiting.remove(fault)

    def _add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault

    def next_for(self, method: str, params: dict[str, Any]) -> Fault | None:
        """The fault that befalls this call, if any; uses it up once."""
        for fault in self.waiting:
            named = fault.method == method if fault.method else method != "getUpdates"
            if named and (fault.when is None or fault.when(method, params)):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
