"""The OA emulator's consent, codes and token pairs: single use, mortal, proved by PKCE."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from tests.conftest import Clock
from tests.emulators.zalo_listener import Listener
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_oauth import code_challenge

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CALLBACK = "http://127.0.0.1:8080/zalo/callback"
Answer = dict[str, Any]


@pytest.fixture
async def oa(clock: Clock) -> AsyncIterator[ZaloOaEmulator]:
    async with ZaloOaEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def client(oa: ZaloOaEmulator) -> AsyncIterator[ClientSession]:
    async with ClientSession(oa.base_url) as session:
        yield session


def consent_link(oa: ZaloOaEmulator, **change: str) -> str:
    asked = {
        "app_id": oa.app_id,
        "redirect_uri": CALLBACK,
        "code_challenge": code_challenge(VERIFIER),
        "state": "xyz",
    }
    return str(URL(oa.base_url + "/v4/oa/permission").with_query(asked | change))


async def fresh_code(oa: ZaloOaEmulator, **change: str) -> str:
    return (await oa.desk.admin_consents(consent_link(oa, **change))).query["code"]


async def tokens(
    client: ClientSession, *, secret: str = "app-secret-for-tests", **form: str
) -> Answer:
    whole = {"app_id": "1234567890"} | form
    headers = {"secret_key": secret}
    async with client.post("/v4/oa/access_token", data=whole, headers=headers) as answer:
        assert answer.status == 200
        read: Answer = await answer.json()
        return read


async def exchange(client: ClientSession, code: str, **change: str) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    return await tokens(client, **(form | change))


async def refresh(client: ClientSession, refresh_token: str, **change: str) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await tokens(client, **(form | change))


async def works(client: ClientSession, access_token: str) -> int:
    """The error of a harmless call with this token."""
    headers = {"access_token": access_token}
    async with client.get("/v2.0/oa/getoa", headers=headers) as answer:
        return int((await answer.json())["error"])


def is_refusal(answer: Answer, code: int | None = None) -> None:
    assert {"error", "error_name", "error_description"} == set(answer)
    assert code is None or answer["error"] == code


async def test_consent_redirects_with_code_oa_id_and_state(oa: ZaloOaEmulator) -> None:
    target = await oa.desk.admin_consents(consent_link(oa))
    assert str(target.with_query(None)) == CALLBACK
    assert (target.query["oa_id"], target.query["state"]) == (oa.oa_id, "xyz")
    oa.desk.echoes_state = False
    assert "state" not in (await oa.desk.admin_consents(consent_link(oa))).query


async def test_the_consent_page_has_a_button_and_hands_out_nothing_by_itself(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    async with client.get(URL(consent_link(oa)).relative(), allow_redirects=False) as answer:
        assert answer.status == 200
        assert 'name="allow"' in await answer.text()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"app_id": "9"}, -14002), ({"redirect_uri": "https://elsewhere.vn/cb"}, -14003)],
)
async def test_a_wrong_consent_link_is_refused(
    oa: ZaloOaEmulator, client: ClientSession, change: dict[str, str], code: int
) -> None:
    async with client.get(URL(consent_link(oa, **change)).relative()) as answer:
        is_refusal(await answer.json(), code)


async def test_only_verified_callbacks_count_when_some_are_named(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    oa.desk.redirect_uris = ("https://xa.example.vn/zalo/callback",)
    with pytest.raises(AssertionError, match="-14003"):
        await fresh_code(oa)


async def test_a_code_is_exchanged_for_a_working_pair(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    pair = await exchange(client, await fresh_code(oa))
    assert set(pair) == {"access_token", "refresh_token", "expires_in"}
    assert pair["expires_in"] == "90000"
    assert await works(client, pair["access_token"]) == 0
    assert oa.violations == []


async def test_expires_in_may_be_a_number(oa: ZaloOaEmulator, client: ClientSession) -> None:
    oa.grants.expires_in_as = "number"
    assert (await exchange(client, await fresh_code(oa)))["expires_in"] == 90000


async def test_a_code_works_once(oa: ZaloOaEmulator, client: ClientSession) -> None:
    code = await fresh_code(oa)
    await exchange(client, code)
    is_refusal(await exchange(client, code))


async def test_a_code_lives_ten_minutes(
    oa: ZaloOaEmulator, client: ClientSession, clock: Clock
) -> None:
    code = await fresh_code(oa)
    clock.forward(minutes=10)
    is_refusal(await exchange(client, code))


async def test_the_verifier_must_fit_the_challenge_and_a_failed_try_spends_the_code(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    code = await fresh_code(oa)
    is_refusal(await exchange(client, code, code_verifier="x" * 43))
    is_refusal(await exchange(client, code))


async def test_pkce_may_be_optional_or_fixed_in_the_console(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    is_refusal(await exchange(client, await fresh_code(oa, code_challenge="")))
    oa.desk.console_challenge = code_challenge(VERIFIER)
    assert "access_token" in await exchange(client, await fresh_code(oa, code_challenge=""))
    oa.desk.console_challenge, oa.grants.requires_pkce = "", False
    assert "access_token" in await exchange(client, await fresh_code(oa, code_challenge=""))


async def test_wrong_app_secret_and_grant_type_are_refused(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    is_refusal(await exchange(client, await fresh_code(oa), secret="oa-secret-for-tests"))
    is_refusal(await exchange(client, await fresh_code(oa), app_id="9"), -14002)
    is_refusal(await exchange(client, await fresh_code(oa), grant_type="password"))


async def test_the_token_request_is_a_form_and_a_refresh_has_no_verifier(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    async with client.post("/v4/oa/access_token", json={"grant_type": "refresh_token"}) as answer:
        is_refusal(await answer.json())
    await refresh(client, oa.grants.mint().refresh_token, code_verifier="ngắn")
    assert [one.detail for one in oa.violations] == [
        "the token request is form-urlencoded, no other type",
        "a refresh carries no code_verifier",
        "a code_verifier has 43 characters",
    ]


async def test_a_refresh_gives_a_new_pair_and_kills_the_old_access_token(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    old = oa.grants.mint()
    new = await refresh(client, old.refresh_token)
    assert new["refresh_token"] != old.refresh_token
    assert await works(client, old.access_token) == -220
    assert await works(client, new["access_token"]) == 0


@pytest.mark.parametrize("code", [-14014, -118])
async def test_a_refresh_token_is_used_once(
    oa: ZaloOaEmulator, client: ClientSession, code: int
) -> None:
    oa.grants.dead_refresh_code = code
    old = oa.grants.mint()
    new = await refresh(client, old.refresh_token)
    is_refusal(await refresh(client, old.refresh_token), code)
    assert await works(client, new["access_token"]) == 0


async def test_a_refresh_token_dies_after_three_months(
    oa: ZaloOaEmulator, client: ClientSession, clock: Clock
) -> None:
    pair = oa.grants.mint()
    clock.forward(days=88)
    pair_answer = await refresh(client, pair.refresh_token)
    clock.forward(days=89)
    is_refusal(await refresh(client, pair_answer["refresh_token"]), -14014)


async def test_revoking_kills_every_token_and_is_told_to_the_webhook(
    oa: ZaloOaEmulator, client: ClientSession
) -> None:
    pair = oa.grants.mint()
    async with Listener() as listener:
        oa.courier.url = listener.url
        await oa.revokes()
        assert listener.events == ["permission_revoked"]
    assert await works(client, pair.access_token) == -220
    is_refusal(await refresh(client, pair.refresh_token), -14014)
