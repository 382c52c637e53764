"""The shapes of Open311 GeoReport v2, as data and as XML. Pure.

Names and rules are those of wiki.open311.org/GeoReport_v2: XML and JSON carry the same fields,
JSON without the roots, times with their offset, every text in UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

from office.case_names import OTHER_KIND, STATES
from plans.calendar import moment_on
from storage.public import PublicCase
from storage.units import Unit

Record = dict[str, Any]

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-22T00:00:00+07:00"
"""When these shapes last changed."""

SPAN = timedelta(days=90)
MOST = 1000
"""Without dates: the newest of the last 90 days, at most 1,000 (GET Service Requests)."""

GROUPS: Mapping[str, str] = {
    "burning": "Đốt rơm rạ, rác",
    "dumping": "Đổ rác",
    "wastewater": "Nước thải",
    "odour_livestock": "Chăn nuôi",
    "animal_carcass": "Xác động vật",
    "pesticide_packaging": "Vỏ bao thuốc bảo vệ thực vật",
    "dust": "Khói, bụi",
    "noise": "Tiếng ồn",
    "mining": "Khai thác",
    "encroachment": "Lấn chiếm",
    "other": "Việc khác",
}
"""What categories of the plan packs are called for people."""


class Wrong(Exception):
    """A request that the specification answers with an error; `status` is both code and HTTP status."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


def discovery(base_url: str, contact: str) -> Record:
    """Where the endpoint is and what it speaks (wiki.open311.org/Service_Discovery)."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base_url}/open311/v2",
        "changeset": CHANGESET,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": CHANGESET,
        "contact": contact,
        "key_service": contact,
        "endpoints": [endpoint],
    }


def service(code: str, name: str, category: str) -> Record:
    """One kind of breach as a service. No further questions: `metadata` is false."""
    return {
        "service_code": code,
        "service_name": name,
        "description": name,
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": GROUPS.get(category, OTHER_KIND),
    }


def definition(code: str) -> Record:
    """The further questions of a service: none."""
    return {"service_code": code, "attributes": []}


def request_of(case: PublicCase, kinds: Mapping[str, str], base_url: str, commune: Unit) -> Record:
    """A public case as a service request. What is not known or not released is null.

    Times are midnights: the day is public, the hour is not.
    """
    name = kinds.get(case.violation_key, OTHER_KIND)
    page = f"{base_url}/xa/{commune.code}"
    return {
        "service_request_id": case.code,
        "status": "open" if case.is_open else "closed",
        "status_notes": STATES[case.state],
        "service_name": name,
        "service_code": case.violation_key,
        "description": case.words or name,
        "agency_responsible": case.handled_by or commune.name,
        "service_notice": None,
        "requested_datetime": _midnight(case.opened_on),
        "updated_datetime": _midnight(case.changed_on),
        "expected_datetime": _midnight(case.due_on) if case.due_on else None,
        "address": f"{case.village}, {commune.name}" if case.village else commune.name,
        "address_id": None,
        "zipcode": None,
        "lat": case.area[0] if case.area else None,
        "long": case.area[1] if case.area else None,
        "media_url": f"{page}/anh/{case.photos[0][0]}" if case.photos else None,
    }


def _midnight(day: date) -> str:
    return moment_on(day, time(0)).astimezone(_VIETNAM).isoformat()


_VIETNAM = moment_on(date(2026, 1, 1), time(0)).tzinfo


def accepted(code: str, notice: str) -> Record:
    """The answer to a request that was opened."""
    return {"service_request_id": code, "service_notice": notice, "account_id": None}


def error(wrong: Wrong) -> Record:
    """One error, as both formats carry it."""
    return {"code": wrong.status, "description": wrong.description}


# --- what programs send ------------------------------------------------------------------------


def moment(words: str) -> datetime | None:
    """A date and time with its offset, None for no words.

    Raises:
        Wrong: it cannot be read, or says no offset.
    """
    if not words:
        return None
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        raise Wrong(400, f"not a date and time of ISO 8601: {words[:40]}") from None
    if at.tzinfo is None:
        raise Wrong(400, f"date and time without offset: {words[:40]}")
    return at


def position(form: Mapping[str, str]) -> tuple[float, float] | None:
    """Latitude and longitude in WGS 84 degrees, None when neither is given.

    Raises:
        Wrong: only one is given, or they are no place on earth.
    """
    lat, lon = form.get("lat", "").strip(), form.get("long", "").strip()
    if not lat and not lon:
        return None
    try:
        found = float(lat), float(lon)
    except ValueError:
        raise Wrong(400, "lat and long must both be decimal degrees") from None
    if not (-90 <= found[0] <= 90 and -180 <= found[1] <= 180):
        raise Wrong(400, "lat and long are no place on earth")
    return found


# --- XML ---------------------------------------------------------------------------------------

_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
}
"""The element of one entry, by the name of the list."""


def xml(root: str, content: Record | Sequence[Record]) -> bytes:
    """`content` under `root`, as the specification writes it in XML."""
    element = ElementTree.Element(root)
    _fill(element, content)
    written: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: ElementTree.Element, content: Any) -> None:
    if isinstance(content, Mapping):
        for name, value in content.items():
            _fill(ElementTree.SubElement(element, name), value)
    elif isinstance(content, list | tuple):
        for each in content:
            _fill(ElementTree.SubElement(element, _ITEMS[element.tag]), each)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _speakable(str(content))


def _speakable(words: str) -> str:
    """Without the control letters that XML 1.0 cannot carry."""
    return "".join(each for each in words if each in "\t\n\r" or ord(each) >= 0x20)
