"""The page of channels: what is held and why, what was chosen, whom Zalo lets us write to, what needs a hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.case_names import shown_moment
from office.web_base import House, Shell
from plans.calendar import local_time
from plans.nag_windows import WHY
from plans.phone_numbers import shown_phone
from storage import alerts, channel_view, windows, zalo
from storage.access import Role
from storage.channel_view import Account, Chosen, StuckMessage

SHOWN_FOR = timedelta(days=31)

CHANNELS = {
    "zalo_oa": "Zalo OA",
    "zalo_bot": "Zalo Bot",
    "telegram": "Telegram",
    "webchat": "Trang chat",
}
PURPOSES = {"nudge": "nhắc báo cáo", "broadcast": "thông báo", "reply": "trả lời"}
STATES = {
    "held": "đang giữ, chờ người nhận nhắn lại",
    "unknown": "không rõ đã tới chưa; em không gửi lặp",
    "failed": "không gửi được",
}
CHOICES = {
    "waits": "chờ người nhận nhắn lại",
    "elsewhere": "gửi qua kênh khác của họ",
    "paid": "gửi tin trả tiền",
    "template": "gửi mẫu mời nhắn lại",
}


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One account of ours, in words. `free`, `paid`, `closed` are people; None where there is no window."""

    channel: str
    name: str
    last_event: str
    free: int | None = None
    paid: int | None = None
    closed: int | None = None
    people: int = 0
    messages: int = 0


class ChannelPages:
    """Of every official: their people. Of administrators: the accounts and what is wrong with them."""

    def __init__(self, house: House, shell: Shell) -> None:
        self._house = house
        self._shell = shell

    def routes(self) -> list[web.RouteDef]:
        """`/van-phong/kenh`."""
        return [web.get("/van-phong/kenh", self._shell(self._page))]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        now = self._house.clock()
        since = now - SHOWN_FOR
        async with self._house.store.read() as tx:
            official = await self._house.door.official(tx, request)
            stuck = await channel_view.stuck(tx, official.roots, since=since, now=now)
            chosen = await channel_view.chosen(tx, official.roots, since=since, now=now)
            is_admin = any(role.role == Role.ADMIN for role in official.roles)
            open_alerts = await alerts.open_alerts(tx) if is_admin else []
            accounts = await self._accounts(tx, now) if is_admin else []
            totals = await channel_view.totals(tx, since=since) if is_admin else {}
        return self._house.pages.page(
            "channels.html",
            official=official,
            stuck=[_stuck_line(one) for one in stuck],
            chosen=[_chosen_line(one) for one in chosen],
            is_admin=is_admin,
            alerts=[
                (CHANNELS.get(one.channel, one.channel), one.words, shown_moment(one.since))
                for one in open_alerts
            ],
            accounts=accounts,
            totals=_total_lines(totals),
        )

    async def _accounts(self, tx: AsyncConnection, now: datetime) -> list[AccountLine]:
        return [await self._account(tx, one, now) for one in await channel_view.our_accounts(tx)]

    async def _account(self, tx: AsyncConnection, one: Account, now: datetime) -> AccountLine:
        facts, options = one.facts, self._house.options
        heard = shown_moment(facts.last_event_at) if facts.last_event_at is not None else ""
        line = AccountLine(
            channel=CHANNELS.get(one.channel, one.channel), name=facts.name, last_event=heard
        )
        if one.channel == "zalo_bot":
            month = f"{local_time(now):%Y-%m}"
            use = await windows.month_use(tx, one.channel, one.account, month)
            return msgspec.structs.replace(line, people=use.people, messages=use.messages)
        counts = await zalo.window_counts(
            tx,
            one.channel,
            one.account,
            free_since=now - timedelta(hours=options.free_window_h),
            paid_since=now - timedelta(hours=options.paid_window_h),
        )
        return msgspec.structs.replace(
            line, free=counts.free, paid=counts.paid, closed=counts.closed
        )


def _stuck_line(one: StuckMessage) -> tuple[str, str, str, str]:
    """Who, with the number they gave to be called at, by what, which message, and how it stands."""
    what = f"{PURPOSES.get(one.purpose, one.purpose)}, {shown_moment(one.made_at)}"
    why = WHY.get(one.error.partition(": ")[2], "")
    who = f"{one.name} ({shown_phone(one.told_phone)})" if one.told_phone else one.name
    return who, CHANNELS.get(one.channel, one.channel), what, f"{STATES[one.state]}. {why}"


def _chosen_line(one: Chosen) -> tuple[str, str, str, str]:
    price = f" ({one.price_vnd} đồng)" if one.price_vnd else ""
    return (
        one.name,
        shown_moment(one.decided_at),
        f"{CHOICES.get(one.choice, one.choice)}{price}",
        WHY.get(one.why, ""),
    )


def _total_lines(totals: dict[str, tuple[int, int]]) -> Sequence[tuple[str, int, int]]:
    return [(CHOICES[key], *totals[key]) for key in CHOICES if key in totals]
