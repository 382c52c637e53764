"""Every way that sending through the Official Account can go wrong, and answers that are lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import (
    ChannelDown,
    OutcomeUnknown,
    Refused,
    SendFailed,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.channels.zalo_oa_errors import failure, kind_of, morning
from storage.engine import Store
from tests.channels.zalo_houses import open_alerts, rows_of, tells, to
from tests.channels.zalo_oa_house import House, channel_of, somebody
from tests.conftest import Clock
from tests.emulators.zalo_common import Fault
from tests.stages.zalo_oa import oa_world

# --- error codes -----------------------------------------------------------------------------------

CLASSES: dict[type[SendFailed], tuple[int, ...]] = {
    TryLater: (-32, -100, -200, -214, -234),
    WindowClosed: (-211, -213, -218, -227, -230, -232, -305, -311, -320, -321),
    Unreachable: (-217, -244),
    ChannelDown: (-204, -205, -209, -212, -216, -219, -220, -221, -223, -224, -235, -240, -242),
    Refused: (-201, -210, -222, -233, -237, -238, -241, -248, -249, -403, -124, -99999, 404),
}


@pytest.mark.parametrize(
    ("code", "expected"), [(code, kind) for kind, codes in CLASSES.items() for code in codes]
)
def test_every_code_has_its_class(code: int, expected: type[SendFailed], now: datetime) -> None:
    assert type(failure(code, "", now=now)) is expected


@pytest.mark.parametrize("code", [216, 401, -401, -216, 220])
def test_token_errors_are_known_with_either_sign(code: int) -> None:
    assert kind_of(code) == "token"


def test_a_reason_unknown_is_tried_once_more_only(now: datetime) -> None:
    assert isinstance(failure(-200, "", now=now, tried=0), TryLater)
    assert isinstance(failure(-200, "", now=now, tried=1), Refused)


def test_the_second_meaning_of_a_missing_grant_is_read_from_the_words(now: datetime) -> None:
    assert kind_of(-223, "article quota exceeded") == "refused"
    assert kind_of(-223, "OA has not granted") == "stop"


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 6, 8, 16, 30, tzinfo=UTC), datetime(2026, 6, 8, 23, 0, tzinfo=UTC)),
        (datetime(2026, 6, 8, 22, 0, tzinfo=UTC), datetime(2026, 6, 8, 23, 0, tzinfo=UTC)),
        (datetime(2026, 6, 8, 23, 0, tzinfo=UTC), datetime(2026, 6, 9, 23, 0, tzinfo=UTC)),
    ],
)
def test_morning_is_six_in_vietnam(at: datetime, until: datetime) -> None:
    assert morning(at) == until


async def test_a_refusal_at_night_waits_for_the_morning(oa_house: House, clock: Clock) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    oa.shut_at_night = True
    clock.at = datetime(2026, 6, 8, 16, 30, tzinfo=UTC)  # 23:30 in Việt Nam
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, purpose="broadcast")
    await world.app.once()
    assert [row.state for row in await rows_of(world, "waiting")] == ["waiting"]
    clock.at = datetime(2026, 6, 8, 23, 1, tzinfo=UTC)
    await world.settle()
    assert len(await lan.hears()) == 1


async def test_trouble_of_the_account_is_told_once_and_the_queue_goes_out_afterwards(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    oa.account_trouble = -209
    for _ in range(3):
        await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    await world.settle()
    assert "error-209" in await open_alerts(world)
    assert len(await rows_of(world, "waiting")) == 3
    calls = len(oa.calls)
    clock.forward(minutes=1)
    await world.settle()
    assert len(oa.calls) - calls <= 1
    oa.account_trouble = None
    clock.forward(minutes=6)
    await world.settle()
    assert len(await lan.hears()) == 3
    assert "down" not in await open_alerts(world)


# --- answers that are lost -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop(accepts=True),
        Fault.status(502, accepts=True),
        Fault.garbage(accepts=True),
        Fault.drop(),
        Fault.status(503),
        Fault.garbage(),
        Fault.error(-32),
        Fault.error(-200),
    ],
)
async def test_whatever_goes_wrong_once_the_person_reads_the_message_once(
    oa_house: House, clock: Clock, fault: Fault
) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    oa.faults.order(fault, on="/message/cs")
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Nhắc một lần thôi ạ.")
    for _ in range(4):
        await world.settle()
        clock.forward(seconds=60)
    heard = [message.text for message in lan.sees() if "một lần" in message.text]
    assert heard == ["Nhắc một lần thôi ạ."]
    assert await rows_of(world, "unknown", "failed", "waiting") == []


async def test_the_same_words_sent_before_are_not_taken_for_the_lost_ones(oa_house: House) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="1.0"))
    oa.faults.order(Fault.drop(), on="/message/cs")
    with pytest.raises(TryLater):
        await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="2.0"))
    await channel_of(world).send(to(lan.user_id, "Xong ạ.", key="2.0"))
    assert len(await lan.hears(count=2)) == 2


async def test_a_doubt_outlives_the_process(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    """The next process looks for the message before it sends it."""
    async with oa_world(sqlite_store, clock, tmp_path) as made:
        oa, world = made
        lan = await somebody(made)
        # carried, and neither its answer nor the look for it gets through
        oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
        oa.faults.order(Fault.garbage(), on="/conversation")
        with pytest.raises(TryLater):
            await channel_of(world).send(to(lan.user_id, "Một lần.", key="7.0"))
        channel_of(world)._sender._doubts = None  # as a new process begins
        await channel_of(world).send(to(lan.user_id, "Một lần.", key="7.0"))
        assert [message.text for message in await lan.hears()] == ["Một lần."]


async def test_without_looking_a_lost_answer_stays_unknown(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, zalo_oa_checks_sends=False) as made:
        oa, world = made
        lan = await somebody(made)
        oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
        with pytest.raises(OutcomeUnknown):
            await channel_of(world).send(to(lan.user_id))


async def test_when_nobody_can_tell_it_is_given_up_and_never_repeated(oa_house: House) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
    oa.faults.order(Fault.garbage(), on="/conversation", times=10)
    failures: list[str] = []
    for _ in range(5):
        try:
            await channel_of(world).send(to(lan.user_id, "Một lần."))
        except SendFailed as failed:
            failures.append(failed.code)
        if failures[-1] == "outcome-unknown":
            break
    assert failures[-1] == "outcome-unknown"
    assert len(await lan.hears()) == 1


async def test_a_platform_out_of_reach_is_one_alert_and_nothing_is_lost(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    api = channel_of(world)._api
    right, api._url = api._url, "http://127.0.0.1:9"
    for _ in range(6):
        await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    for _ in range(8):
        await world.settle()
        clock.forward(seconds=60)
    assert "down" in await open_alerts(world)
    assert len(await rows_of(world, "waiting")) == 6
    api._url = right
    for _ in range(4):
        clock.forward(minutes=6)
        await world.settle()
    assert len(await lan.hears(count=6)) == 6
