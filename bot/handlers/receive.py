"""What has arrived is answered: one transaction for however many messages there are.

Mark seen, load people and sessions with one query each, advance each person in order,
write everything with one statement per table, commit; only then does the channel
acknowledge. A batch that breaks is taken apart: each message alone, so that one cannot
take its neighbours down, and one that breaks alone is kept in quarantine with its error
and answered with an apology (`apologise`). Nothing is sent here; `deliver` sends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.base import Ahead, At, Notice
from bot.events import Blocked, File, Incoming, Photo, Reply, Tap, Unblocked, Voice
from bot.flows.form import Moment, Role, Who
from bot.flows.help import INTRODUCTION
from bot.handlers.apologise import apology
from bot.handlers.combine import combined
from bot.handlers.in_rooms import shown_in_group
from bot.handlers.open_forms import Briefs, OpenForms, Room
from bot.handlers.speak import Desks, speak
from bot.handlers.tell import tell
from storage import groups, inbox, media, office, outbox, people, retention, units
from storage.engine import Store, notify
from storage.ids import NewId
from storage.inbox import InboxRow, Key
from storage.outbox import OutboxRow
from storage.people import Arrival, Known
from storage.secrets import Seal

log = logging.getLogger(__name__)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

OUTBOX_BELL = "outbox"
"""The name that `deliver` listens to."""

MEDIA_BELL = "media"
"""The name that `fetch_media` listens to."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """What receiving needs.

    `windowed` are the channels that hold messages until the person writes; on those of
    `combining` several answers go as one message.
    """

    store: Store
    desks: Desks
    ids: NewId
    seal: Seal
    clock: Clock = lambda: datetime.now(UTC)
    windowed: frozenset[str] = frozenset()
    combining: frozenset[str] = frozenset()
    briefs: Briefs = field(default_factory=Briefs)

    async def receive(self, arrived: Sequence[Incoming]) -> None:
        """Answer messages in the order given; returns once everything is committed.

        Raises when the database itself is out of reach: then nothing is acknowledged
        and the channel brings the messages again.
        """
        try:
            async with self.store.begin(quick=True) as tx:
                await self._batch(tx).work(arrived)
        except Exception as error:
            if _store_is_down(error):
                raise
            if len(arrived) > 1:
                log.warning("a batch of %d broke, taking it apart: %r", len(arrived), error)
                for incoming in arrived:
                    await self.receive([incoming])
            else:
                await self._quarantine(arrived[0], error)

    async def work_stored(self, limit: int = 200) -> int:
        """Answer messages that a channel stored before acknowledging them. Returns how many."""
        try:
            return await self._work_stored(limit)
        except Exception as error:
            if _store_is_down(error):
                raise
            log.warning("stored messages broke, taking them one by one: %r", type(error))
        done = 0
        for _ in range(limit):
            try:
                worked = await self._work_stored(1)
            except Exception as error:
                if _store_is_down(error) or not await self._quarantine_first(error):
                    raise
                worked = 1
            if not worked:
                break
            done += worked
        return done

    async def _work_stored(self, limit: int) -> int:
        async with self.store.begin(quick=True) as tx:
            rows = await inbox.waiting(tx, limit)
            if rows:
                arrived = [msgspec.json.decode(row.body, type=Incoming) for row in rows]
                await self._batch(tx, stored=True).work(arrived)
                await inbox.finish(tx, [row.key for row in rows])
            return len(rows)

    async def _quarantine_first(self, error: Exception) -> bool:
        async with self.store.begin() as tx:
            rows = await inbox.waiting(tx, 1)
            if rows:
                log.error("a stored message is in quarantine: %s", _place_of(error), exc_info=error)
                await inbox.quarantine(tx, rows[0].key, _place_of(error))
                incoming = msgspec.json.decode(rows[0].body, type=Incoming)
                now = self.clock()
                await outbox.put(tx, [self.outgoing(incoming, apology(error), None, now)])
                notify(tx, OUTBOX_BELL)
            return bool(rows)

    async def _quarantine(self, incoming: Incoming, error: Exception) -> None:
        log.error("a message is in quarantine: %s", type(error).__name__, exc_info=error)
        now = self.clock()
        async with self.store.begin() as tx:
            # The kind of error and where, never the person's words: these rows are read by operators.
            row = _inbox_row(incoming, now, state="quarantined", error=_place_of(error))
            new = await inbox.put(tx, [row])
            if not new:
                await inbox.quarantine(tx, incoming.key, _place_of(error))
            if not incoming.group or incoming.addressed:
                await outbox.put(tx, [self.outgoing(incoming, apology(error), None, now)])
                notify(tx, OUTBOX_BELL)

    def _batch(self, tx: AsyncConnection, *, stored: bool = False) -> _Batch:
        return _Batch(self, tx, OpenForms(self.desks.forms, self.briefs), stored=stored)

    def outgoing(
        self, incoming: Incoming, reply: Reply, person_id: int | None, now: datetime
    ) -> OutboxRow:
        """A reply as an outbox row, to the chat the message came from."""
        if incoming.group:
            reply = shown_in_group(reply)
        return OutboxRow(
            id=self.ids(),
            channel=incoming.channel,
            account=incoming.account,
            chat=incoming.chat,
            person_id=person_id,
            body=msgspec.json.encode(reply).decode(),
            purpose="reply",
            priority=outbox.PRIORITY["reply"],
            slot=reply.slot and f"{reply.slot}:{person_id}",
            reply_to=_answered(incoming),
            group=incoming.group,
            made_at=now,
            not_before=now + timedelta(seconds=reply.after_s),
        )


def _answered(incoming: Incoming) -> str:
    """The message of a group that a reply stands under: the post, or the one whose button was pressed."""
    if not incoming.group:
        return ""
    return incoming.reply_to if isinstance(incoming.said, Tap) else incoming.message_id


def _store_is_down(error: Exception) -> bool:
    """Whether the database, not the message, is the matter: nothing may be blamed on the message then."""
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    text = str(error.orig).lower()
    return error.connection_invalidated or any(sign in text for sign in _DOWN_SIGNS)


_DOWN_SIGNS = (
    "database is locked",
    "disk i/o error",
    "disk is full",
    "readonly database",
    "connection",
    "deadlock",
    "could not serialize",
    "shutting down",
)


def _place_of(error: Exception) -> str:
    """What broke and where, without a word of what was said."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = (
        f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    )
    return f"{type(error).__name__} {where}".strip()


def _inbox_row(
    incoming: Incoming, now: datetime, *, state: inbox.State = "done", error: str | None = None
) -> InboxRow:
    ours = not incoming.group or incoming.addressed
    return InboxRow(
        channel=incoming.channel,
        account=incoming.account,
        message_id=incoming.message_id,
        sender=incoming.sender,
        # What people say to each other in a group is not ours to keep.
        body=msgspec.json.encode(incoming).decode() if ours else "",
        state=state,
        error=error,
        received_at=now,
    )


class _Sealed(NamedTuple):
    """Who is not to be named, and from where on their words go."""

    person_id: int
    since: datetime
    first_id: int
    key: Key


@dataclass
class _Batch:
    """One transaction's work: who is here, which forms are open, and what is to be written."""

    receiver: Receiver
    tx: AsyncConnection
    open: OpenForms
    roles: dict[int, tuple[Role, ...]] = field(default_factory=dict)
    group_units: dict[tuple[str, str, str], Role] = field(default_factory=dict)
    out: list[OutboxRow] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    greeted: set[int] = field(default_factory=set)
    ahead: Ahead = field(default_factory=Ahead)
    sealed: list[_Sealed] = field(default_factory=list)
    stored: bool = False
    first_id: int = 0
    responsible: str = ""

    async def work(self, arrived: Sequence[Incoming]) -> None:
        now = self.receiver.clock()
        fresh = await self._fresh(arrived, now)
        if not fresh:
            return
        self.first_id = self.receiver.ids()
        known = await self._arrive(fresh, now)
        await self._load(fresh, known)
        if any(one.new for one in known.values()):
            self.responsible = await office.responsible(self.tx)
        fresh = await self._name_media(fresh, known, now)
        moment = Moment(now, now.astimezone(VIETNAM).date())
        spoke: set[int] = set()
        for incoming in fresh:
            sender = known[_address(incoming)]
            if sender.person_id in spoke:
                await self._catch_up(sender.person_id, now)
            spoke.add(sender.person_id)
            await self._one(incoming, sender, moment)
        await self._save(now)

    async def _catch_up(self, person_id: int, now: datetime) -> None:
        """Somebody says a second thing in this batch: what the first one led to counts for it."""
        await self.open.save(self.tx, now)
        self.roles.update(await _roles(self.tx, [person_id]))
        await self.ahead.settle(self.tx)

    async def _fresh(self, arrived: Sequence[Incoming], now: datetime) -> list[Incoming]:
        """Mark everything seen; only what was never seen before goes on."""
        if self.stored:
            return list(arrived)
        unique: dict[Key, Incoming] = {}
        for one in arrived:
            unique.setdefault(one.key, one)  # of copies in one batch the first counts
        new = await inbox.put(self.tx, [_inbox_row(one, now) for one in unique.values()])
        return [one for key, one in unique.items() if key in new]

    async def _arrive(
        self, fresh: Sequence[Incoming], now: datetime
    ) -> Mapping[tuple[str, str, str], Known]:
        arrivals = [
            Arrival(channel=i.channel, account=i.account, address=i.sender, name=i.sender_name)
            for i in fresh
        ]
        return await people.arrive(self.tx, arrivals, now=now, ids=self.receiver.ids)

    async def _name_media(
        self, fresh: Sequence[Incoming], known: Mapping[tuple[str, str, str], Known], now: datetime
    ) -> list[Incoming]:
        """Give every picture an id before anyone speaks of it; `fetch_media` downloads it after the commit."""
        named, wanted = [], []
        for one in fresh:
            said = one.said
            sender = known[_address(one)]
            if (
                isinstance(said, Photo | File | Voice)
                and said.media is None
                and self._is_for_us(one, sender)
            ):
                media_id = self.receiver.ids()
                person_id = sender.person_id
                wanted.append(
                    media.Wanted(media_id, one.channel, one.account, said.ref, person_id, now)
                )
                said = msgspec.structs.replace(said, media=media_id)
                named.append(msgspec.structs.replace(one, said=said))
            else:
                named.append(one)
        if wanted:
            await media.want(self.tx, wanted)
            notify(self.tx, MEDIA_BELL)
        return named

    async def _load(
        self, fresh: Sequence[Incoming], known: Mapping[tuple[str, str, str], Known]
    ) -> None:
        private = {(one.person_id, ""): one.session for one in known.values()}
        rooms = {_room(i, known[_address(i)]) for i in fresh if i.group}
        await self.open.load(self.tx, private, rooms)
        self.roles = await _roles(self.tx, sorted({one.person_id for one in known.values()}))
        groups = {(i.channel, i.account, i.chat) for i in fresh if i.group}
        if groups:
            self.group_units = await _group_units(self.tx, groups)
        self.ahead.idle = tuple(
            self._who(i, known[_address(i)])
            for i in fresh
            if self.open.get(_room(i, known[_address(i)])) is None
        )

    async def _one(self, incoming: Incoming, known: Known, moment: Moment) -> None:
        now = moment.at
        if isinstance(incoming.said, Blocked):
            await people.mark_blocked(self.tx, [_address(incoming)], now=now)
            return
        if incoming.channel in self.receiver.windowed:
            await outbox.release_held(self.tx, [known.person_id], now=now)
        if isinstance(incoming.said, Unblocked):
            for reply in self._greeting(known, ()):
                self.out.append(self.receiver.outgoing(incoming, reply, known.person_id, now))
            return
        if not self._is_for_us(incoming, known):
            return
        room = _room(incoming, known)
        at = self._at(incoming, known, moment)
        spoken = await speak(self.receiver.desks, at, self.open.get(room), incoming.said)
        self.open.forms[room] = spoken.session
        replies = self._greeting(known, spoken.replies) + spoken.replies
        for reply in replies:
            self.out.append(self.receiver.outgoing(incoming, reply, known.person_id, now))
        self.notices.extend(spoken.notices)
        if spoken.sealed or known.person_id in self.ahead.sealed:
            self.ahead.sealed.discard(known.person_id)
            row = self.open.rows.get(room)
            since, first_id = (row.opened_at, row.id) if row else (now, self.first_id)
            self.sealed.append(_Sealed(known.person_id, since, first_id, incoming.key))

    def _greeting(self, known: Known, replies: Sequence[Reply]) -> list[Reply]:
        """Once, before the first answer: that this is a machine, and whose (Zalo reference, point 29)."""
        if not known.new or known.person_id in self.greeted:
            return []
        self.greeted.add(known.person_id)
        if replies and INTRODUCTION in replies[0].words:
            whose = f"Trợ lý này do {self.responsible} phụ trách ạ."
            return [Reply(words=whose)] if self.responsible else []
        return [Reply(words=first_words(self.responsible))]

    def _is_for_us(self, incoming: Incoming, known: Known) -> bool:
        if not incoming.group:
            return True
        form = self.open.get(_room(incoming, known))
        if isinstance(incoming.said, Tap):
            # A button under somebody else's form: only its owner may press it.
            return form is not None or not incoming.said.token.startswith(("q.", "w."))
        if incoming.addressed:
            return True
        return form is not None and isinstance(incoming.said, Photo | File)

    def _who(self, incoming: Incoming, known: Known) -> Who:
        return Who(
            person_id=known.person_id,
            name=known.name or incoming.sender_name,
            channel=incoming.channel,
            account=incoming.account,
            address=incoming.sender,
            roles=self.roles.get(known.person_id, ()),
            room=_room_name(incoming),
            chat=incoming.chat,
            group_name=incoming.group_name,
            group_unit=self.group_units.get((incoming.channel, incoming.account, incoming.chat)),
        )

    def _at(self, incoming: Incoming, known: Known, moment: Moment) -> At:
        return At(
            tx=self.tx,
            who=self._who(incoming, known),
            moment=moment,
            ids=self.receiver.ids,
            seal=self.receiver.seal,
            ahead=self.ahead,
        )

    async def _save(self, now: datetime) -> None:
        await self.ahead.settle(self.tx)
        await self.open.save(self.tx, now)
        if self.notices:
            await tell(self.tx, self.notices, now=now, ids=self.receiver.ids)
        await outbox.put(self.tx, combined(self.out, self.receiver.combining))
        for one in self.sealed:
            await retention.unsay(
                self.tx,
                one.person_id,
                since=one.since,
                first_id=one.first_id,
                working_on=[one.key],
            )
        if self.out or self.notices:
            notify(self.tx, OUTBOX_BELL)


def first_words(responsible: str = "") -> str:
    """The first thing anybody hears: a machine, whose, and who answers for it where the office said so."""
    whose = f", do {responsible} phụ trách" if responsible else ""
    return f"Chào anh/chị! Em là {INTRODUCTION}{whose}. Gõ GIÚP lúc nào cũng được ạ."


def _address(incoming: Incoming) -> tuple[str, str, str]:
    return (incoming.channel, incoming.account, incoming.sender)


def _room(incoming: Incoming, known: Known) -> Room:
    return (known.person_id, _room_name(incoming))


def _room_name(incoming: Incoming) -> str:
    return f"{incoming.channel}:{incoming.account}:{incoming.chat}" if incoming.group else ""


async def _roles(tx: AsyncConnection, person_ids: Sequence[int]) -> dict[int, tuple[Role, ...]]:
    found: Mapping[int, Any] = await people.memberships_of(tx, person_ids)
    return {person: tuple(as_role(row) for row in rows) for person, rows in found.items()}


async def _group_units(
    tx: AsyncConnection, chats: set[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Role]:
    """The unit each registered group belongs to; posting there counts as reporting for it."""
    found = await groups.groups_of(tx, sorted(chats))
    by_id = await units.by_ids(tx, [row.unit_id for row in found.values()])
    return {
        chat: Role(
            unit_id=unit.id,
            unit_name=unit.name,
            unit_path=unit.path,
            unit_kind=unit.kind,
            pack_key=unit.pack_key,
            commune_id=unit.commune_id,
            role="reporter",
        )
        for chat, row in found.items()
        if (unit := by_id.get(row.unit_id)) is not None
    }


def as_role(row: Any) -> Role:
    """A membership as desks know it."""
    return Role(
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_path=row.unit_path,
        unit_kind=row.kind,
        pack_key=row.pack_key,
        commune_id=row.commune_id,
        role=row.role,
        rank=row.rank,
    )
