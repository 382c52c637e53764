"""Updates on their way to the bot: long polling and webhook, from one queue.

Rules: https://core.telegram.org/bots/api#getting-updates
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from tests.emulators.telegram_schema import API
from tests.emulators.telegram_world import Json, Refused, Signal

# getUpdates.allowed_updates: an empty list means all but these three.
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
DEFAULT_CONNECTIONS = 40

Execute = Callable[[str, Json], Awaitable[Any]]


@dataclass(eq=False)
class Update:
    """One update; `lane` is its chat, within which order is kept."""

    update_id: int
    kind: str
    lane: int
    body: Json
    deliveries: int = 0


@dataclass
class Hook:
    """Where the bot asked updates to be posted."""

    url: str
    secret: str | None = None
    connections: int = DEFAULT_CONNECTIONS
    error: str | None = None
    error_at: datetime | None = None
    lanes: dict[int, asyncio.Task[None]] = field(default_factory=dict)


class Delivery:
    """The queue of updates. Times of retries are real seconds, whatever the emulator's clock."""

    def __init__(self, changed: Signal, clock: Callable[[], datetime]) -> None:
        self.sent: dict[int, Update] = {}
        self.pending: list[Update] = []
        self.hook: Hook | None = None
        self.retry_s = 0.02
        self.longest_retry_s = 1.0
        self.timeout_s = 10.0
        self.execute: Execute | None = None
        self._again: list[Update] = []
        self._allowed: set[str] | None = None
        self._changed = changed
        self._clock = clock
        self._polls = 0
        self._next_id = 100_001
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        self.closed = False

    def emit(self, kind: str, body: Json, lane: int) -> Update | None:
        """Queue an update, unless the bot did not ask for this kind."""
        allows = kind not in NOT_BY_DEFAULT if self._allowed is None else kind in self._allowed
        if not allows:
            return None
        update = Update(self._next_id, kind, lane, {"update_id": self._next_id, kind: body})
        self._next_id += 1
        self.sent[update.update_id] = update
        self._queue(update)
        return update

    def _queue(self, update: Update) -> None:
        self.pending.append(update)
        self._changed.fire()
        self._open_lane(update.lane)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more, as Telegram may after any hiccup.

        Raises:
            KeyError: no such update was ever made.
        """
        update = self.sent[update_id]
        if self.hook:
            self._queue(update)
        else:
            self._again.append(update)
            self._changed.fire()

    def allow(self, kinds: list[str] | None) -> None:
        """Apply an allowed_updates parameter: None keeps the previous setting."""
        if kinds is not None:
            self._allowed = set(kinds) & set(API["updates"]) or None

    @property
    def allowed(self) -> list[str] | None:
        """The kinds asked for, None for the default."""
        return sorted(self._allowed) if self._allowed else None

    async def poll(self, offset: int | None, limit: int, timeout_s: float) -> list[Json]:
        """getUpdates: forget what is confirmed, then wait up to `timeout_s` real seconds.

        Raises:
            Refused: 409 while a webhook is set, or when a newer poll took over.
        """
        if self.hook:
            raise Refused(
                409,
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._polls += 1
        mine = self._polls
        self._changed.fire()
        self._confirm(offset)
        await self._changed.until(
            lambda: bool(self.pending or self._again or self.closed or self._polls != mine),
            timeout_s,
        )
        if self._polls != mine:
            raise Refused(
                409,
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return self._batch(limit)

    def _confirm(self, offset: int | None) -> None:
        if offset is None:
            return
        if offset < 0:
            self.pending = self.pending[offset:]
        else:
            self.pending = [update for update in self.pending if update.update_id >= offset]
        self._changed.fire()

    def _batch(self, limit: int) -> list[Json]:
        batch = (self._again + self.pending)[:limit]
        self._again = [update for update in self._again if update not in batch]
        for update in batch:
            update.deliveries += 1
        return [update.body for update in batch]

    async def all_taken(self, timeout_s: float) -> bool:
        """Whether the bot has acknowledged everything within `timeout_s` real seconds."""
        return await self._changed.until(lambda: not self.pending and not self._again, timeout_s)

    async def set_hook(self, hook: Hook) -> None:
        """Post updates to `hook.url` from now on, what is pending first."""
        await self.drop_hook()
        self.hook = hook
        self._slots = asyncio.Semaphore(hook.connections)
        self._changed.fire()
        for update in list(self.pending):
            self._open_lane(update.lane)

    async def drop_hook(self) -> None:
        """Stop posting; what was not acknowledged stays pending."""
        hook, self.hook = self.hook, None
        tasks = list(hook.lanes.values()) if hook else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open_lane(self, lane: int) -> None:
        if self.hook and lane not in self.hook.lanes:
            self.hook.lanes[lane] = asyncio.create_task(self._run_lane(self.hook, lane))

    async def _run_lane(self, hook: Hook, lane: int) -> None:
        wait_s = self.retry_s
        try:
            while update := next((u for u in self.pending if u.lane == lane), None):
                async with self._slots:
                    taken = await self._post(hook, update)
                if taken:
                    wait_s = self.retry_s
                    self.pending.remove(update)
                    self._changed.fire()
                else:
                    await asyncio.sleep(wait_s)
                    wait_s = min(wait_s * 2, self.longest_retry_s)
        finally:
            hook.lanes.pop(lane, None)

    async def _post(self, hook: Hook, update: Update) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout_s)
            )
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        update.deliveries += 1
        try:
            async with self._session.post(hook.url, json=update.body, headers=headers) as answer:
                body = await answer.read()
                if answer.ok:
                    await self._carry_out(answer, body)
                    return True
                hook.error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            hook.error = str(error) or type(error).__name__
        hook.error_at = self._clock()
        self._changed.fire()
        return False

    async def _carry_out(self, answer: aiohttp.ClientResponse, body: bytes) -> None:
        """A webhook may answer with a call of its own ("Making requests when getting updates")."""
        if not body or answer.content_type != "application/json" or not self.execute:
            return
        with suppress(ValueError):
            called = await answer.json()
            if isinstance(called, dict) and "method" in called:
                await self.execute(str(called.pop("method")), called)

    async def close(self) -> None:
        """Let waiting polls go and stop posting."""
        self.closed = True
        self._changed.fire()
        await self.drop_hook()
        if self._session:
            await self._session.close()
