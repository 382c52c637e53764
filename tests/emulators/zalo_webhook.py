"""How Zalo calls a webhook: once, again when it is not answered in time, and at last no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.emulators.zalo_common import EmulatorTime

# B10: after 30 s, 5 min, 15 min, 30 min and 1 h, with header num_retry.
RETRY_LADDER_S = (30.0, 300.0, 900.0, 1800.0, 3600.0)
# B10: HTTP 200 within 2 seconds for every event.
ANSWER_WITHIN_S = 2.0
# So that the seconds measure the bot, not a queue in front of the emulator's own sockets.
MOST_AT_ONCE = 50

DeliveryState = Literal["held", "waiting", "answered", "lost", "filtered"]


@dataclass(frozen=True)
class Attempt:
    """One call of the webhook: its HTTP status, or None when none came in time."""

    at: datetime
    status: int | None
    took_s: float


@dataclass(eq=False)
class Delivery:
    """One event on its way to the bot, with every attempt made for it."""

    event_name: str
    body: bytes
    headers: Mapping[str, str]
    attempts: list[Attempt] = field(default_factory=list)
    next_at: datetime | None = None
    state: DeliveryState = "waiting"

    @property
    def answered(self) -> bool:
        """Whether the bot has answered 200 in time at least once."""
        return self.state == "answered"

    @property
    def status(self) -> int | None:
        """HTTP status of the latest attempt; None when there was none or no answer."""
        return self.attempts[-1].status if self.attempts else None


class Courier:
    """Carries events to one webhook URL.

    For slow and non-200 answers the reference knows of no promise to repeat, only for
    connections that could not be opened (B10); this courier repeats in every case, which asks
    more of the bot. `copies_of` says how many times an event is sent at once (duplicates).
    """

    def __init__(
        self,
        clock: EmulatorTime,
        client: Callable[[], ClientSession],
        *,
        ladder_s: tuple[float, ...] = RETRY_LADDER_S,
        answer_within_s: float = ANSWER_WITHIN_S,
        gives_up: bool = True,
    ) -> None:
        self.url: str | None = None
        self.switched_off = False
        self.answer_within_s = answer_within_s
        self.ladder_s = ladder_s
        self.copies_of: Callable[[str], int] = lambda _event_name: 1
        self.deliveries: list[Delivery] = []
        self.admin_notices: list[str] = []
        self._time = clock
        self._client = client
        self._gives_up = gives_up
        self._waiting: list[Delivery] = []
        self._held: list[Delivery] | None = None
        self._lines = asyncio.Semaphore(MOST_AT_ONCE)

    async def deliver(self, event_name: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
        """Send one event; returns when the bot answered, or its time to answer is over."""
        delivery = Delivery(event_name, body, headers)
        self.deliveries.append(delivery)
        if self.url is None or self.switched_off:
            delivery.state = "lost"
        elif self._held is not None:
            delivery.state = "held"
            self._held.append(delivery)
        else:
            await self._send_copies(delivery)
        return delivery

    async def repeat(self, delivery: Delivery) -> int | None:
        """Send the very same bytes once more; returns the HTTP status (None: no answer)."""
        attempt = await self.post(delivery.body, delivery.headers)
        return attempt.status

    def hold(self) -> None:
        """Keep events back until `release`, to let them arrive out of order."""
        self._held = []

    async def release(self, *, newest_first: bool = False) -> list[Delivery]:
        """Send what was held back."""
        held, self._held = self._held or [], None
        ordered = held[::-1] if newest_first else held
        for delivery in ordered:
            await self._send_copies(delivery)
        return ordered

    def next_due_at(self) -> datetime | None:
        """When the next repetition falls due."""
        return min((d.next_at for d in self._waiting if d.next_at), default=None)

    async def run_due(self) -> None:
        """Repeat every delivery whose time has come."""
        now = self._time.now()
        due = [d for d in self._waiting if d.next_at is not None and d.next_at <= now]
        for delivery in sorted(due, key=lambda d: d.next_at or now):
            if delivery.state == "waiting":
                await self._attempt(delivery)

    def switch_on(self) -> None:
        """Somebody ticks the events again by hand in the console (B10)."""
        self.switched_off = False

    @property
    def lost(self) -> list[Delivery]:
        """Events the bot never answered for and never will be sent again."""
        return [delivery for delivery in self.deliveries if delivery.state == "lost"]

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """One HTTP POST without following redirects (A5)."""
        if self.url is None:
            raise RuntimeError("no webhook URL is set")
        async with self._lines:
            at, started = self._time.now(), time.monotonic()
            status = await self._status(self.url, body, headers)
            return Attempt(at, status, time.monotonic() - started)

    async def _status(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        try:
            async with self._client().post(
                url,
                data=body,
                headers=dict(headers),
                allow_redirects=False,
                # Without this aiohttp invents a content type for an empty probe.
                skip_auto_headers=("Content-Type", "User-Agent"),
                timeout=ClientTimeout(total=self.answer_within_s),
            ) as answer:
                await answer.read()
                return answer.status
        except (ClientError, TimeoutError, OSError):
            return None

    async def _send_copies(self, delivery: Delivery) -> None:
        delivery.state = "waiting"
        await self._attempt(delivery)
        for _ in range(self.copies_of(delivery.event_name) - 1):
            await self.repeat(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        retries = len(delivery.attempts)
        headers = dict(delivery.headers)
        if retries:
            headers["num_retry"] = str(retries)
        delivery.next_at = None
        attempt = await self.post(delivery.body, headers)
        delivery.attempts.append(attempt)
        if attempt.status == 200:
            delivery.state = "answered"
            self._forget(delivery)
        elif retries < len(self.ladder_s):
            delivery.next_at = self._time.now() + timedelta(seconds=self.ladder_s[retries])
            if delivery not in self._waiting:
                self._waiting.append(delivery)
        else:
            self._give_up(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        delivery.state = "lost"
        self._forget(delivery)
        if not self._gives_up:
            return
        self.switched_off = True
        self.admin_notices.append(f"webhook switched off after {delivery.event_name}")
        for other in self._waiting:
            other.state, other.next_at = "lost", None
        self._waiting.clear()

    def _forget(self, delivery: Delivery) -> None:
        self._waiting = [other for other in self._waiting if other is not delivery]


async def advance(clock: EmulatorTime, courier: Courier, seconds: float) -> None:
    """Let `seconds` pass, making every repetition at the moment it falls due."""
    until = clock.now() + timedelta(seconds=seconds)
    while (due_at := courier.next_due_at()) is not None and due_at <= until:
        clock.move_to(due_at)
        await courier.run_due()
    clock.move_to(until)
