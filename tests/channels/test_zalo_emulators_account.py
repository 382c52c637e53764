"""The OA emulator on windows, money, tokens, templates and people, code by code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.conftest import Clock
from tests.emulators.zalo_caller import OaCaller
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson
from tests.emulators.zalo_oa_templates import Template

JPEG = b"\xff\xd8\xff" + b"anh" * 20
PDF = b"%PDF-1.7".ljust(64)


@pytest.fixture
async def oa(clock: Clock) -> AsyncIterator[ZaloOaEmulator]:
    async with ZaloOaEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def call(oa: ZaloOaEmulator) -> AsyncIterator[OaCaller]:
    async with ClientSession() as client:
        yield OaCaller(client, oa)


@pytest.fixture
async def lan(oa: ZaloOaEmulator) -> OaPerson:
    """Somebody who has just written, so that the window is open."""
    person = oa.person("Lan")
    await person.sends("Chào xã")
    return person


# --- who may be written to, when, for how much -------------------------------------------------


async def test_within_48_hours_a_message_is_free(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    clock.forward(hours=48)
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == 0
    assert call.oa.billed_vnd == 0


async def test_after_48_hours_a_message_needs_a_cloud_account_with_money(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    clock.forward(hours=48, seconds=1)
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == -320
    call.oa.zca_balance_vnd = 54
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == -321
    call.oa.zca_balance_vnd = 100
    answer = await call.sends(lan, {"text": "Nhắc chị"})
    assert answer["data"]["quota"]["quota_type"] == "purchase_quota"
    assert (call.oa.billed_vnd, call.oa.zca_balance_vnd) == (55, 45)
    assert (await lan.hears())[0].billed_vnd == 55


async def test_messages_of_the_package_come_before_money(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    clock.forward(days=3)
    call.oa.package_messages = 1
    answer = await call.sends(lan, {"text": "Nhắc chị"})
    assert answer["data"]["quota"]["quota_type"] == "sub_quota"
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == -320


@pytest.mark.parametrize("code", [-230, -232])
async def test_after_seven_days_no_message_goes_whatever_is_paid(
    call: OaCaller, lan: OaPerson, clock: Clock, code: int
) -> None:
    call.oa.too_late_code, call.oa.zca_balance_vnd = code, 1_000_000
    clock.forward(days=7)
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == 0
    clock.forward(seconds=1)
    assert (await call.sends(lan, {"text": "Nhắc chị"}))["error"] == code


async def test_somebody_who_never_interacted_cannot_be_written_to(
    call: OaCaller, oa: ZaloOaEmulator
) -> None:
    assert (await call.sends(oa.person("Minh"), {"text": "Chào"}))["error"] == -232


async def test_following_and_chatnow_open_the_window_but_reading_and_leaving_do_not(
    call: OaCaller, oa: ZaloOaEmulator
) -> None:
    minh, hoa, tu = oa.person("Minh"), oa.person("Hoa"), oa.person("Tú")
    await minh.follows()
    await hoa.clicks_chatnow()
    await tu.reads()
    await tu.unfollows()
    await tu.submits_info("Tú", "84900000001")
    errors = [(await call.sends(one, {"text": "Chào"}))["error"] for one in (minh, hoa, tu)]
    assert errors == [0, 0, -232]


@pytest.mark.parametrize(
    ("trait", "error"), [("blocked", -213), ("offline_45_days", -227), ("restricts", -244)]
)
async def test_an_unreachable_person(call: OaCaller, lan: OaPerson, trait: str, error: int) -> None:
    setattr(lan, trait, True)
    assert (await call.sends(lan, {"text": "Chào"}))["error"] == error


async def test_an_unknown_user_id_is_not_contactable_and_a_number_is_no_id(call: OaCaller) -> None:
    body: dict[str, Any] = {"recipient": {"user_id": "1"}, "message": {"text": "x"}}
    assert (await call.posts("/v3.0/oa/message/cs", body))["error"] == -213
    body["recipient"]["user_id"] = 4_600_000_000_000_007_919
    assert (await call.posts("/v3.0/oa/message/cs", body))["error"] == -201
    assert [one.rule for one in call.oa.violations] == ["B1"]


async def test_night_can_be_shut_as_one_source_believes(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    clock.at = datetime(2026, 6, 8, 15, 0, tzinfo=UTC)  # 22:00 in Hải Phòng
    assert (await call.sends(lan, {"text": "Khuya rồi"}))["error"] == 0
    call.oa.shut_at_night = True
    assert (await call.sends(lan, {"text": "Khuya rồi"}))["error"] == -234
    clock.forward(hours=8)
    assert (await call.sends(lan, {"text": "Sáng rồi"}))["error"] == 0


# --- tokens, account, rate, addresses -----------------------------------------------------------


async def test_a_bad_token_is_invalid_and_an_old_one_expired(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    call.access_token = call.oa.grants.mint().access_token
    clock.forward(hours=24, minutes=59)
    assert (await call.sends(lan, {"text": "x"}))["error"] == 0
    clock.forward(minutes=1)
    assert (await call.sends(lan, {"text": "x"}))["error"] == -220
    call.access_token = "không phải"
    assert (await call.sends(lan, {"text": "x"}))["error"] == -216
    call.access_token = ""
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == -216


async def test_an_authorization_header_is_no_token(call: OaCaller) -> None:
    headers = {"Authorization": f"Bearer {call.oa.grants.mint().access_token}"}
    async with call.client.get(f"{call.oa.base_url}/v2.0/oa/getoa", headers=headers) as answer:
        assert (await answer.json())["error"] == -216
    assert [one.rule for one in call.oa.violations] == ["B3"]


@pytest.mark.parametrize("code", [-209, -211, -212, -219, -221, -223, -224, -204, -205])
async def test_trouble_with_the_account_refuses_every_call(
    call: OaCaller, lan: OaPerson, code: int
) -> None:
    call.oa.account_trouble = code
    assert (await call.sends(lan, {"text": "x"}))["error"] == code
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == code


async def test_the_rate_limit_is_told_in_headers_and_refuses_with_32(
    call: OaCaller, clock: Clock
) -> None:
    call.oa.calls_per_minute = 2
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == 0
    assert call.rate_headers == {"X-RateLimit-Limit": "2", "X-RateLimit-Remain": "1"}
    await call.gets("/v2.0/oa/getoa")
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == -32
    clock.forward(minutes=1)
    assert (await call.gets("/v2.0/oa/getoa"))["error"] == 0


@pytest.mark.parametrize(
    "path", ["/v3.0/oa/message", "/v3.0/oa/upload/image", "/v3.0/oa/message/promotion"]
)
async def test_paths_that_do_not_exist_answer_404_and_are_a_violation(
    call: OaCaller, path: str
) -> None:
    async with call.client.post(call.oa.base_url + path, json={}) as answer:
        assert answer.status == 404
        assert (await answer.json())["message"] == "empty or invalid API"
    assert [one.rule for one in call.oa.violations] == ["B3"]


async def test_v2_sending_is_shut(call: OaCaller) -> None:
    assert (await call.posts("/v2.0/oa/message", {}))["error"] == -240


async def test_parameters_of_a_get_travel_in_data_only(call: OaCaller, lan: OaPerson) -> None:
    headers = call.headers()
    url = f"{call.oa.base_url}/v3.0/oa/user/detail"
    for query in ({"user_id": lan.user_id}, {"data": "{"}, {"data": "[]"}):
        async with call.client.get(url, params=query, headers=headers) as answer:
            assert (await answer.json())["error"] == -201


async def test_a_post_must_be_json(call: OaCaller) -> None:
    headers = call.headers()
    url = f"{call.oa.base_url}/v3.0/oa/message/cs"
    async with call.client.post(url, data={"a": "b"}, headers=headers) as answer:
        assert (await answer.json())["error"] == -201


# --- templates, ZNS ----------------------------------------------------------------------------


@pytest.fixture
def reminder(oa: ZaloOaEmulator) -> Template:
    """An approved template under id 100."""
    oa.templates["100"] = Template("Chị <name> còn nợ báo cáo <period>.", price_vnd=120)
    oa.zca_balance_vnd = 500
    return oa.templates["100"]


def by_uid(person: OaPerson, **change: Any) -> dict[str, Any]:
    data = {"name": "Lan", "period": "tháng 6"}
    return {"user_id": person.user_id, "template_id": "100", "template_data": data} | change


def by_phone(**change: Any) -> dict[str, Any]:
    data = {"name": "Lan", "period": "tháng 6"}
    whole = {"phone": "84900000000", "template_id": "100", "template_data": data}
    return whole | {"tracking_id": "nhac-1"} | change


@pytest.mark.usefixtures("reminder")
async def test_a_template_by_user_id_goes_after_the_windows_have_closed(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    clock.forward(days=30)
    assert (await call.posts("/v3.0/oa/message/template", by_uid(lan)))["error"] == 0
    assert (await lan.hears())[0].text == "Chị Lan còn nợ báo cáo tháng 6."
    assert call.oa.billed_vnd == 120


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"template_id": "7"}, -201),
        ({"template_data": {"name": "Lan"}}, -201),
        ({"template_id": "old"}, -249),
        ({"user_id": "1"}, -213),
    ],
)
@pytest.mark.usefixtures("reminder")
async def test_a_wrong_template_by_user_id_is_refused(
    call: OaCaller, lan: OaPerson, change: dict[str, Any], error: int
) -> None:
    call.oa.templates["old"] = Template("Cũ", by_uid=False)
    answer = await call.posts("/v3.0/oa/message/template", by_uid(lan, **change))
    assert answer["error"] == error


@pytest.mark.usefixtures("reminder")
async def test_zns_goes_to_a_phone_number_and_is_billed(call: OaCaller, oa: ZaloOaEmulator) -> None:
    lan = oa.person("Lan")
    lan.phone_number = "84900000000"
    answer = await call.posts("/message/template", by_phone())
    assert answer["error"] == 0
    assert set(answer["data"]) == {"msg_id", "sent_time", "quota"}
    assert answer["data"]["quota"] == {"dailyQuota": "500", "remainingQuota": "499"}
    [heard] = await lan.hears()
    assert (heard.text, heard.billed_vnd) == ("Chị Lan còn nợ báo cáo tháng 6.", 120)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"phone": "0900000000"}, -108),
        ({"phone": "84911111111"}, -118),
        ({"template_id": "7"}, -109),
        ({"template_id": "draft"}, -131),
        ({"template_id": "day"}, -133),
        ({"template_data": {"name": "Lan"}}, -1122),
        ({"tracking_id": "x" * 49}, -1121),
        ({"mode": "development"}, -127),
    ],
)
@pytest.mark.usefixtures("reminder")
async def test_zns_has_its_own_refusals(
    call: OaCaller, oa: ZaloOaEmulator, clock: Clock, change: dict[str, Any], error: int
) -> None:
    oa.person("Lan").phone_number = "84900000000"
    oa.templates["draft"] = Template("Nháp", approved=False)
    oa.templates["day"] = Template("Ban ngày", at_night=False)
    clock.forward(hours=13)  # 22:00 in Hải Phòng
    assert (await call.posts("/message/template", by_phone(**change)))["error"] == error


@pytest.mark.usefixtures("reminder")
async def test_zns_needs_money_quota_a_willing_person_and_its_own_token_code(
    call: OaCaller, oa: ZaloOaEmulator
) -> None:
    lan = oa.person("Lan")
    lan.phone_number = "84900000000"
    oa.zca_balance_vnd = None
    assert (await call.posts("/message/template", by_phone()))["error"] == -136
    oa.zca_balance_vnd = 119
    assert (await call.posts("/message/template", by_phone()))["error"] == -137
    oa.business.daily_quota = 0
    assert (await call.posts("/message/template", by_phone()))["error"] == -144
    lan.blocked = True
    assert (await call.posts("/message/template", by_phone()))["error"] == -114
    call.access_token = "không phải"
    assert (await call.posts("/message/template", by_phone()))["error"] == -124


# --- people, chats, quota ----------------------------------------------------------------------


async def test_user_detail_tells_the_name_and_shares_a_phone_only_after_consent(
    call: OaCaller, lan: OaPerson
) -> None:
    path, asked = "/v3.0/oa/user/detail", {"user_id": lan.user_id}
    data = (await call.gets(path, asked))["data"]
    assert data["display_name"] == "Lan"
    assert data["user_last_interaction_date"] == "08/06/2026"
    assert (data["user_is_follower"], data["shared_info"]) == (False, {})
    await lan.submits_info("Lan", "84900000000")
    assert (await call.gets(path, asked))["data"]["shared_info"]["phone"] == "84900000000"
    call.oa.shows_strangers = False
    assert (await call.gets(path, asked))["error"] == -213


async def test_getlist_pages_at_most_fifty_people_and_filters(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    path = "/v3.0/oa/user/getlist"
    await call.oa.person("Minh").follows()
    data = (await call.gets(path, {"offset": 0, "count": 50}))["data"]
    assert (data["total"], len(data["users"])) == (2, 2)
    assert (await call.gets(path, {"offset": 0, "count": 51}))["error"] == -210
    assert (await call.gets(path, {"offset": 9952, "count": 50}))["error"] == -210
    followers = await call.gets(path, {"offset": 0, "count": 50, "is_follower": "true"})
    assert followers["data"]["total"] == 1
    clock.forward(hours=20)
    today = await call.gets(path, {"last_interaction_period": "TODAY"})
    assert today["data"]["total"] == 0


async def test_getoa_tells_type_four_under_either_id_field(call: OaCaller) -> None:
    data = (await call.gets("/v2.0/oa/getoa"))["data"]
    assert (data["oaid"], data["oa_type"]) == (call.oa.oa_id, 4)
    call.oa.oa_id_field = "oa_id"
    assert (await call.gets("/v2.0/oa/getoa"))["data"]["oa_id"] == call.oa.oa_id


async def test_recent_chats_give_back_what_the_webhook_missed_ten_at_a_time(
    call: OaCaller, lan: OaPerson
) -> None:
    for number in range(12):
        await lan.sends(f"tin {number}")
    path = "/v2.0/oa/listrecentchat"
    page = (await call.gets(path, {"offset": 0, "count": 10}))["data"]
    assert [line["message"] for line in page[:2]] == ["tin 11", "tin 10"]
    assert len((await call.gets(path, {"offset": 10, "count": 10}))["data"]) == 3
    assert (await call.gets(path, {"offset": 0, "count": 11}))["error"] == -210


async def test_a_conversation_holds_both_sides_of_one_person(call: OaCaller, lan: OaPerson) -> None:
    await call.oa.person("Minh").sends("người khác")
    await call.sends(lan, {"text": "Xã nghe ạ."})
    asked = {"user_id": lan.user_id, "offset": 0, "count": 10}
    lines = (await call.gets("/v2.0/oa/conversation", asked))["data"]
    assert [(line["src"], line["message"]) for line in lines] == [
        (0, "Xã nghe ạ."),
        (1, "Chào xã"),
    ]


async def test_quota_tells_the_last_interaction_in_milliseconds(
    call: OaCaller, lan: OaPerson, clock: Clock
) -> None:
    asked = {"user_id": lan.user_id}
    data = (await call.posts("/v3.0/oa/quota/message", asked))["data"]
    assert data["last_interaction"] == int(clock.at.timestamp() * 1000)
    assert "cs_reply" not in data
    assets = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
    answer = await call.posts("/v3.0/oa/quota/message", assets)
    assert answer["data"] == [{"product_type": "cs", "quota_type": "sub_quota", "remain": 0}]


async def test_deleting_a_persons_info_forgets_what_they_shared(
    call: OaCaller, lan: OaPerson
) -> None:
    await lan.submits_info("Lan", "84900000000")
    answer = await call.posts("/v2.0/oa/deletefollowerinfo", {"user_id": lan.user_id})
    assert answer["error"] == 0
    assert (lan.shared_info, call.oa.deleted_infos) == ({}, [lan.user_id])
