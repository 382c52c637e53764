"""Open311 GeoReport v2, read and written by a client that trusts only the specification's schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import xmlschema
from aiohttp import ClientSession

from office.open311 import xml
from office.web import Options
from plans.area import area_of
from plans.handling import CaseStep
from storage import cases, casework, reporters
from storage.casework import Taken
from tests.office import georeport_schema as schemas
from tests.office.web_world import PIN, SEAL, SECRETS, Town

XML = xmlschema.XMLSchema(schemas.XSD)
HERE = {"jurisdiction_id": "an-xuan"}
LISTS = {"services": "service", "service_requests": "request", "errors": "error"}


@dataclass
class Client:
    """Speaks one format; every answer must fit the schema of what was asked."""

    session: ClientSession
    root: str
    format: str

    async def asks(
        self,
        path: str,
        schema: Any,
        element: str,
        *,
        expects: int = 200,
        query: Mapping[str, str] = HERE,
    ) -> Any:
        """GET. Records come back as in JSON whatever the format, all values of XML as text."""
        url = f"{self.root}/open311/v2/{path}.{self.format}"
        async with self.session.get(url, params=dict(query)) as answer:
            return await self._read(answer, schema, element, expects)

    async def opens(
        self, schema: Any = schemas.ACCEPTED, element: str = "service_requests", status: int = 201,
        **form: str,
    ) -> Any:  # fmt: skip
        """POST a service request."""
        url = f"{self.root}/open311/v2/requests.{self.format}"
        async with self.session.post(url, data=form) as answer:
            return await self._read(answer, schema, element, status)

    async def refused(self, status: int, **form: str) -> str:
        """POST that must fail; the description of its one error."""
        (error,) = await self.opens(schemas.ERRORS, "errors", status, **form)
        assert int(error["code"]) == status
        return str(error["description"])

    async def _read(self, answer: Any, schema: Any, element: str, status: int) -> Any:
        body = await answer.read()
        assert answer.status == status, body
        assert answer.charset == "utf-8"
        if self.format == "json":
            assert answer.content_type == "application/json"
            found = await answer.json()
            jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
            return found
        assert answer.content_type == "text/xml"
        assert body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
        XML.validate(body.decode())
        found = XML.to_dict(body.decode())
        return (found or {}).get(LISTS[element], []) if element in LISTS else found


@pytest.fixture(params=["json", "xml"])
async def client(town: Town, request: pytest.FixtureRequest) -> Client:
    """A program of somebody, in either format."""
    return Client(town.visitor().session, town.address, request.param)


NEW = HERE | {
    "service_code": "dot-rom",
    "lat": "20.93127",
    "long": "106.31814",
    "address_string": "ngõ cuối Thôn Đông, sau kho",
    "description": "Đốt rơm & rác <ngoài> đồng",
    "email": "x@example.org",
    "first_name": "Tên",
    "phone": "0900000000",
    "media_url": "http://127.0.0.1:1/x.jpg",
}


async def test_discovery_services_and_their_definitions(client: Client) -> None:
    found = await client.asks("discovery", schemas.DISCOVERY, "discovery")
    assert found["changeset"]
    services = await client.asks("services", schemas.SERVICES, "services")
    assert {one["service_code"]: one["service_name"] for one in services} == {
        "dot-rom": "Đốt rơm",
        "tieng-on": "Tiếng ồn",
    }
    for one in services:
        path = f"services/{one['service_code']}"
        await client.asks(path, schemas.DEFINITION, "service_definition")
    await client.asks("services/khong-co", schemas.ERRORS, "errors", expects=404)


async def test_a_program_opens_a_case_and_follows_it(town: Town, client: Client) -> None:
    """Sealed, routed by the plan, with limits; its handlers hear of it; nothing of the sender is kept."""
    (opened,) = await client.opens(**NEW)
    code = opened["service_request_id"]
    async with town.store.read() as tx:
        case = await cases.case_by_code(tx, code)
        assert await reporters.reporter_of(tx, case.id) is None
        assert await reporters.whom_to_tell(tx, case.id, sealing=SEAL) is not None
        kept = str((await tx.exec_driver_sql("SELECT * FROM persons")).all())
        kept += str((await tx.exec_driver_sql("SELECT * FROM accounts")).all())
    for personal in ("x@example.org", "Tên", "0900000000", "127.0.0.1"):
        assert personal not in kept
    assert (case.words, case.lat) == ("Đốt rơm & rác <ngoài> đồng", 20.93127)
    assert case.accept_due_at is not None
    assert [(one.step, one.case.code) for one in town.heard] == [(CaseStep.OPEN, code)]
    (told,) = await client.asks(f"requests/{code}", schemas.REQUESTS, "service_requests")
    assert told["status"] == "open"
    assert told["agency_responsible"] == "Phòng Kinh tế"
    assert told["address"] == "Thôn Đông, Xã An Xuân"
    assert (float(told["lat"]), float(told["long"])) == area_of(*PIN)
    assert "rác" not in told["description"]


async def test_a_case_can_be_closed_and_says_so(town: Town, client: Client) -> None:
    (opened,) = await client.opens(**NEW)
    case = await town.case(opened["service_request_id"])
    async with town.store.begin() as tx:
        for step in (CaseStep.RESOLVE, CaseStep.FIXED):
            await casework.step(tx, case.id, Taken(step=step), now=town.clock(), ids=town.ids)
    for wanted, number in (("closed", 1), ("open", 0), ("open,closed", 1), ("", 1)):
        query = HERE | {"status": wanted}
        found = await client.asks("requests", schemas.REQUESTS, "service_requests", query=query)
        assert len(found) == number
    query = HERE | {"status": "x"}
    await client.asks("requests", schemas.ERRORS, "errors", expects=400, query=query)


async def test_requests_are_sought_by_code_kind_and_days(town: Town, client: Client) -> None:
    """Without dates, the last 90 days; a list of codes is found however old."""
    old = await town.reports()
    town.later(days=91)
    one, noise = await town.reports(), await town.reports(violation_key="tieng-on")

    async def found(**query: str) -> set[str]:
        told = await client.asks(
            "requests", schemas.REQUESTS, "service_requests", query=HERE | query
        )
        return {each["service_request_id"] for each in told}

    assert await found() == {one.code, noise.code}
    assert await found(service_code="tieng-on") == {noise.code}
    assert await found(service_request_id=f"{old.code},{one.code}") == {old.code, one.code}
    before = (town.clock() - timedelta(hours=12)).isoformat()
    assert await found(end_date=before) == set()
    assert await found(start_date="2026-01-01T00:00:00Z", end_date=before) == {old.code}
    for wrong in ("hôm qua", "2026-06-01T00:00:00"):
        query = HERE | {"start_date": wrong}
        await client.asks("requests", schemas.ERRORS, "errors", expects=400, query=query)


async def test_feeds_never_hold_what_leads_to_a_person(town: Town, client: Client) -> None:
    """Words, place, pin, name, hour."""
    case = await town.reports()
    for path in ("requests", f"requests/{case.code}"):
        url = f"{client.root}/open311/v2/{path}.{client.format}"
        async with client.session.get(url, params=HERE) as answer:
            text = await answer.text()
        assert case.code in text
        for secret in SECRETS.values():
            assert secret not in text
        assert "T09:00" not in text


async def test_what_is_wrong_is_said_in_the_format_asked_for(client: Client) -> None:
    await client.asks("services", schemas.ERRORS, "errors", expects=400, query={})
    elsewhere = {"jurisdiction_id": "khong-co"}
    await client.asks("services", schemas.ERRORS, "errors", expects=404, query=elsewhere)
    await client.asks("requests/PA-0000", schemas.ERRORS, "errors", expects=404)
    assert "jurisdiction_id" in await client.refused(400, **(NEW | {"jurisdiction_id": ""}))
    assert "service_code" in await client.refused(400, **(NEW | {"service_code": ""}))
    assert "service_code" in await client.refused(404, **(NEW | {"service_code": "x"}))
    without = {"lat": "", "long": "", "address_string": ""}
    assert "address_string" in await client.refused(400, **(NEW | without))
    for lat in ("x", "91", "nan", "inf", ""):
        assert "lat" in await client.refused(400, **(NEW | {"lat": lat}))
    await client.refused(400, **(NEW | {"description": "x" * 4001}))


async def test_an_address_has_a_days_limit(town: Town, client: Client) -> None:
    """Ten a day; tomorrow there are ten again."""
    for _ in range(10):
        await client.opens(**NEW)
    await client.refused(429, **NEW)
    town.later(days=1)
    await client.opens(**NEW)


async def test_a_flood_of_strangers_is_held_for_a_look(town: Town, client: Client) -> None:
    """From the ninth within an hour on: kept, put before the office as held, in no list."""
    codes = [(await client.opens(**NEW))[0]["service_request_id"] for _ in range(10)]
    held = [(await town.case(code)).held for code in codes]
    assert held == [False] * 8 + [True] * 2
    assert [one.case.held for one in town.heard] == held
    found = await client.asks("requests", schemas.REQUESTS, "service_requests")
    assert len(found) == 8
    path = f"requests/{codes[-1]}"
    await client.asks(path, schemas.ERRORS, "errors", expects=404)


async def test_a_key_is_asked_for_where_the_office_set_one(town: Town, client: Client) -> None:
    await town.closes()
    town.options = Options(open311_key="chìa khóa dài")
    await town.opens()
    keyed = Client(town.visitor().session, town.address, client.format)
    for key in ("", "sai"):
        assert "api_key" in await keyed.refused(403, **(NEW | {"api_key": key}))
    # a program with the key speaks for many people
    for _ in range(11):
        await keyed.opens(**(NEW | {"api_key": "chìa khóa dài"}))


def test_letters_that_xml_cannot_carry_are_left_out() -> None:
    """A citizen's words may hold any character."""
    assert b"<description>a b</description>" in xml(
        "service_requests", [{"description": "a\x00 \x0bb"}]
    )
