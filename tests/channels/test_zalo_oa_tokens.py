"""The Official Account's tokens: consent, one refresher, nothing lost, nothing readable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bot.channels.base import ChannelDown, TryLater
from bot.channels.zalo_oa import CALLBACK
from bot.channels.zalo_oa_tokens import ConsentFailed, TokenKeeper, code_challenge, tokens_in
from bot.zalo import token_keeper
from storage import zalo_tokens
from storage.engine import Store
from tests.channels.zalo_houses import an_admin, open_alerts, rows_of, tells
from tests.conftest import Clock
from tests.emulators.zalo_common import Fault
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.stages.zalo_oa import oa_world
from tests.world import World

House = tuple[ZaloOaEmulator, World]


@pytest.fixture
async def house(store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    """The emulator and an app connected to it, on each database."""
    async with oa_world(store, clock, tmp_path) as made:
        yield made


def keeper_of(world: World) -> TokenKeeper:
    """The keeper of this process."""
    assert world.app.zalo.tokens is not None
    return world.app.zalo.tokens


def another_process(world: World) -> TokenKeeper:
    """A keeper as another process has it, on the same database."""
    app = world.app
    keeper, _ = token_keeper(
        app.settings,
        app.store,
        http=app.zalo.http,
        ids=world.ids,
        seal=app.receiver.seal,
        clock=world.clock,
    )
    return keeper


def refreshes(oa: ZaloOaEmulator) -> list[Any]:
    """The refresh calls the emulator saw."""
    return [one for one in oa.desk.exchanges if one["form"]["grant_type"] == "refresh_token"]


async def calls_out(oa: ZaloOaEmulator, world: World) -> bool:
    """Whether a call with the keeper's token is taken."""
    assert world.app.zalo.oa is not None
    found = await world.app.zalo.oa.oa.describe()
    return found.get("name") == oa.name


# --- consent ---------------------------------------------------------------------------------------


def test_the_pkce_vector_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_an_administrator_consents_and_the_callback_takes_the_code(house: House) -> None:
    oa, world = house
    callback = str(URL(str(oa.courier.url)).with_path(CALLBACK))
    link = await keeper_of(world).consent_link(callback)
    back = await oa.desk.admin_consents(link)
    async with oa.client.get(back) as answer:
        assert answer.status == 200
        assert "Xong" in await answer.text()
    assert await calls_out(oa, world)
    assert oa.violations == []
    async with oa.client.get(back) as again:
        assert again.status == 400


async def test_a_code_without_its_state_is_taken_too(house: House) -> None:
    """The documents promise only `code` and `oa_id` (B2); PKCE still ties the code to our link."""
    oa, world = house
    oa.desk.echoes_state = False
    link = await keeper_of(world).consent_link("http://127.0.0.1/back")
    back = await oa.desk.admin_consents(link)
    await keeper_of(world).take_code(back.query["code"], oa_id=back.query["oa_id"])
    assert await calls_out(oa, world)


async def test_another_account_an_old_link_and_a_foreign_code_give_nothing(
    house: House, clock: Clock
) -> None:
    oa, world = house
    keeper = keeper_of(world)
    back = await oa.desk.admin_consents(await keeper.consent_link("http://127.0.0.1/back"))
    with pytest.raises(ConsentFailed, match="another Official Account"):
        await keeper.take_code(back.query["code"], state=back.query["state"], oa_id="999")
    with pytest.raises(ConsentFailed, match="used or is too old"):
        await keeper.take_code(back.query["code"], state="forged")
    foreign = oa.grants.issue_code(code_challenge("x" * 43))
    with pytest.raises(ConsentFailed):
        await keeper.take_code(foreign, state=back.query["state"])
    late = await oa.desk.admin_consents(await keeper.consent_link("http://127.0.0.1/back"))
    clock.forward(minutes=16)
    with pytest.raises(ConsentFailed, match="too old"):
        await keeper.take_code(late.query["code"], state=late.query["state"])


@pytest.mark.parametrize("expires_in", ["90000", 90000])
def test_the_length_of_life_comes_as_text_or_number(expires_in: object, clock: Clock) -> None:
    found = tokens_in(
        {"access_token": "a", "refresh_token": "b", "expires_in": expires_in}, clock()
    )
    assert found == ("a", "b", clock() + timedelta(hours=25))


# --- refreshing ------------------------------------------------------------------------------------


async def test_tokens_are_renewed_in_time_and_the_old_pair_is_kept(
    house: House, clock: Clock
) -> None:
    oa, world = house
    clock.forward(hours=20)
    await keeper_of(world).access()
    assert refreshes(oa) == []
    clock.forward(hours=1.5)
    assert await calls_out(oa, world)
    assert len(refreshes(oa)) == 1
    async with world.app.store.read() as tx:
        ages = await zalo_tokens.history(tx, oa.oa_id)
    assert [(age.made_by, age.state) for age in ages] == [
        ("refresh", "current"),
        ("consent", "spent"),
    ]


async def test_an_idle_installation_stays_connected_for_months(house: House, clock: Clock) -> None:
    oa, world = house
    for _ in range(120):
        clock.forward(hours=22)
        await keeper_of(world).keep_alive()
    assert await calls_out(oa, world)


async def test_processes_that_need_a_token_at_once_refresh_it_once(
    house: House, clock: Clock
) -> None:
    oa, world = house
    clock.forward(hours=22)
    keepers = [keeper_of(world), *(another_process(world) for _ in range(4))]
    await asyncio.gather(*(keeper.access() for keeper in keepers for _ in range(3)))
    given = await asyncio.gather(*(keeper.access() for keeper in keepers))
    assert len(refreshes(oa)) == 1
    assert len(set(given)) == 1
    assert await calls_out(oa, world)


async def test_a_consent_given_while_a_renewal_is_under_way_stays_in_force(
    house: House, clock: Clock
) -> None:
    """The late answer, tokens or a refusal, concerns the pair that was spent and no other."""
    oa, world = house
    shelf = world.app.zalo.shelf
    assert shelf is not None
    for late in ("tokens", "refusal"):
        clock.forward(hours=22)
        tokens = await shelf.current()
        assert tokens is not None
        assert (await shelf.begin_refresh(tokens.access)).outcome == "spend"
        given = oa.grants.mint()
        ends_at = clock() + timedelta(hours=25)
        await shelf.consented(given.access_token, given.refresh_token, ends_at)
        if late == "tokens":
            await shelf.refreshed("late", "late", ends_at)
        else:
            await shelf.refused("-14014")
        assert await keeper_of(world).access() == given.access_token
        assert await calls_out(oa, world)


async def test_a_token_that_zalo_refuses_early_is_replaced_and_the_call_made_again(
    house: House,
) -> None:
    oa, world = house
    for token in oa.grants._access.values():
        token.dead = True
    assert await calls_out(oa, world)
    assert len(refreshes(oa)) == 1


async def test_the_new_pair_is_committed_before_anybody_uses_it(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the commit fails, nothing is called with a pair that only this process would know."""
    oa, world = house
    clock.forward(hours=22)
    shelf = world.app.zalo.shelf

    async def fails(*_pair: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(shelf, "refreshed", fails)
    calls = len(oa.calls)
    with pytest.raises(ConnectionError):
        await calls_out(oa, world)
    assert len(oa.calls) == calls


async def test_a_refresh_whose_answer_was_lost_is_never_asked_again(
    house: House, clock: Clock
) -> None:
    oa, world = house
    clock.forward(hours=22)
    oa.faults.order(Fault.drop(accepts=True), on="/access_token")
    with pytest.raises(ChannelDown, match="soxanh zalo connect"):
        await keeper_of(world).access()
    clock.forward(minutes=5)
    for keeper in (keeper_of(world), another_process(world)):
        # the old token serves as long as Zalo takes it; here it is dead
        with pytest.raises(ChannelDown):
            await keeper.access(refused=await keeper.access())
    assert len(refreshes(oa)) == 1


async def test_when_the_lost_refresh_was_never_made_the_old_token_serves_on(
    house: House, clock: Clock
) -> None:
    oa, world = house
    clock.forward(hours=22)
    oa.faults.order(Fault.drop(), on="/access_token")
    with pytest.raises(ChannelDown):
        await keeper_of(world).access()
    clock.forward(minutes=5)
    assert await calls_out(oa, world)
    assert refreshes(oa) == []


async def test_a_process_that_died_while_refreshing_leaves_a_doubt_not_a_second_try(
    house: House, clock: Clock
) -> None:
    oa, world = house
    clock.forward(hours=22)
    shelf = world.app.zalo.shelf
    assert shelf is not None
    tokens = await shelf.current()
    assert tokens is not None
    assert (await shelf.begin_refresh(tokens.access)).outcome == "spend"
    assert (await shelf.begin_refresh(tokens.access)).outcome == "busy"
    clock.forward(minutes=4)
    assert (await shelf.begin_refresh(tokens.access)).outcome == "doubtful"
    assert await another_process(world).access() == tokens.access
    assert refreshes(oa) == []


async def test_a_server_out_of_reach_spends_nothing(house: House, clock: Clock) -> None:
    oa, world = house
    clock.forward(hours=22)
    keeper = keeper_of(world)
    right = keeper._app
    keeper._app = type(right)(
        app_id=right.app_id,
        app_secret=right.app_secret,
        oa_id=right.oa_id,
        oauth_url="http://127.0.0.1:9",
    )
    with pytest.raises(TryLater):
        await keeper.access()
    keeper._app = right
    assert await calls_out(oa, world)


async def test_too_many_calls_leave_the_refresh_token_unspent(house: House, clock: Clock) -> None:
    oa, world = house
    clock.forward(hours=22)
    oa.faults.order(Fault.error(-32), on="/access_token")
    with pytest.raises(TryLater):
        await keeper_of(world).access()
    assert await calls_out(oa, world)


@pytest.mark.parametrize("code", [-14014, -118, -124, 0])
async def test_a_dead_pair_is_told_by_another_channel_and_the_queue_goes_out_after_consent(
    house: House, clock: Clock, code: int
) -> None:
    oa, world = house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await lan.hears()
    await an_admin(world, "webchat", "local", "admin")
    oa.grants.dead_refresh_code = code
    oa.grants.revoke()
    for _ in range(3):
        await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    await world.settle()
    assert "down" in await open_alerts(world)
    waiting = await rows_of(world, "waiting")
    assert [row.channel for row in waiting if row.channel == "webchat"] == ["webchat"]
    assert sum(row.channel == "zalo_oa" for row in waiting) == 3
    back = await oa.desk.admin_consents(
        await keeper_of(world).consent_link("http://127.0.0.1/back")
    )
    await keeper_of(world).take_code(back.query["code"], state=back.query["state"])
    clock.forward(minutes=6)
    await world.settle()
    assert len(await lan.hears(count=3)) == 3
    assert "down" not in await open_alerts(world)


# --- secrets ---------------------------------------------------------------------------------------


async def test_no_token_can_be_read_in_the_database_or_in_the_log(
    house: House, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    oa, world = house
    caplog.set_level(logging.DEBUG)
    clock.forward(hours=22)
    token = await keeper_of(world).access()
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    secrets = [token, refreshes(oa)[0]["form"]["refresh_token"], oa.app_secret, oa.oa_secret_key]
    async with world.app.store.read() as tx:
        rows = (await tx.exec_driver_sql("SELECT access, refresh FROM zalo_pairs")).all()
        kept = b"".join(bytes(cell) for row in rows for cell in row)
    logged = caplog.text
    assert len(rows) == 2
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in logged
    shelf = world.app.zalo.shelf
    assert shelf is not None
    tokens = await shelf.current()
    assert token not in repr(tokens)
    assert oa.app_secret not in repr(keeper_of(world)._app)
