"""The shapes of Open311 GeoReport v2 as schemas, written from the specification's tables of fields.

Source: wiki.open311.org/GeoReport_v2 and Service_Discovery. A client that trusts nothing but
these reads our answers in both formats.
"""

from __future__ import annotations

from typing import Any

MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2}|Z)$"


def _text(null: bool = False, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string"} | more


def _record(required: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


SERVICES = {
    "type": "array",
    "items": _record(
        "service_code service_name description metadata type keywords group",
        {
            "service_code": _text(minLength=1),
            "service_name": _text(minLength=1),
            "description": _text(),
            "metadata": {"type": "boolean"},
            "type": {"enum": ["realtime", "batch", "blackbox"]},
            "keywords": _text(),
            "group": _text(),
        },
    ),
}

DEFINITION = _record(
    "service_code attributes",
    {"service_code": _text(minLength=1), "attributes": {"type": "array", "maxItems": 0}},
)

REQUESTS = {
    "type": "array",
    "items": _record(
        "service_request_id status service_name service_code requested_datetime updated_datetime",
        {
            "service_request_id": _text(minLength=1),
            "status": {"enum": ["open", "closed"]},
            "status_notes": _text(null=True),
            "service_name": _text(minLength=1),
            "service_code": _text(minLength=1),
            "description": _text(null=True),
            "agency_responsible": _text(null=True),
            "service_notice": _text(null=True),
            "requested_datetime": _text(pattern=MOMENT),
            "updated_datetime": _text(pattern=MOMENT),
            "expected_datetime": _text(null=True, pattern=MOMENT),
            "address": _text(null=True),
            "address_id": _text(null=True),
            "zipcode": _text(null=True),
            "lat": {"type": ["number", "null"], "minimum": -90, "maximum": 90},
            "long": {"type": ["number", "null"], "minimum": -180, "maximum": 180},
            "media_url": _text(null=True, pattern="^https?://"),
        },
    ),
}

ACCEPTED = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": _record(
        "service_request_id service_notice account_id",
        {
            "service_request_id": _text(minLength=1),
            "service_notice": _text(null=True),
            "account_id": _text(null=True),
        },
    ),
}

ERRORS = {
    "type": "array",
    "minItems": 1,
    "items": _record(
        "code description",
        {"code": {"type": "integer", "minimum": 400}, "description": _text(minLength=1)},
    ),
}

DISCOVERY = _record(
    "changeset contact key_service endpoints",
    {
        "changeset": _text(pattern=MOMENT),
        "contact": _text(minLength=1),
        "key_service": _text(),
        "endpoints": {
            "type": "array",
            "minItems": 1,
            "items": _record(
                "specification url changeset type formats",
                {
                    "specification": {"const": "http://wiki.open311.org/GeoReport_v2"},
                    "url": _text(pattern="^https?://"),
                    "changeset": _text(pattern=MOMENT),
                    "type": {"enum": ["production", "test", "acceptance"]},
                    "formats": {
                        "type": "array",
                        "items": {"enum": ["text/xml", "application/json"]},
                    },
                },
            ),
        },
    },
)

XSD = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:simpleType name="moment"><xs:restriction base="xs:string">
    <xs:pattern value="(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}([+\\-]\\d{2}:\\d{2}|Z))?"/>
  </xs:restriction></xs:simpleType>
  <xs:simpleType name="degrees"><xs:restriction base="xs:string">
    <xs:pattern value="(-?\\d{1,3}(\\.\\d+)?)?"/>
  </xs:restriction></xs:simpleType>
  <xs:simpleType name="said"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction></xs:simpleType>

  <xs:element name="services"><xs:complexType><xs:sequence>
    <xs:element name="service" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:all>
      <xs:element name="service_code" type="said"/><xs:element name="service_name" type="said"/>
      <xs:element name="description" type="xs:string"/><xs:element name="metadata" type="xs:boolean"/>
      <xs:element name="type"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="realtime"/><xs:enumeration value="batch"/><xs:enumeration value="blackbox"/>
      </xs:restriction></xs:simpleType></xs:element>
      <xs:element name="keywords" type="xs:string"/><xs:element name="group" type="xs:string"/>
    </xs:all></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>

  <xs:element name="service_definition"><xs:complexType><xs:all>
    <xs:element name="service_code" type="said"/>
    <xs:element name="attributes"><xs:complexType/></xs:element>
  </xs:all></xs:complexType></xs:element>

  <xs:element name="service_requests"><xs:complexType><xs:sequence>
    <xs:element name="request" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:all>
      <xs:element name="service_request_id" type="said"/>
      <xs:element name="account_id" type="xs:string" minOccurs="0"/>
      <xs:element name="status" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="open"/><xs:enumeration value="closed"/>
      </xs:restriction></xs:simpleType></xs:element>
      <xs:element name="status_notes" type="xs:string" minOccurs="0"/>
      <xs:element name="service_name" type="said" minOccurs="0"/>
      <xs:element name="service_code" type="said" minOccurs="0"/>
      <xs:element name="description" type="xs:string" minOccurs="0"/>
      <xs:element name="agency_responsible" type="xs:string" minOccurs="0"/>
      <xs:element name="service_notice" type="xs:string" minOccurs="0"/>
      <xs:element name="requested_datetime" type="moment" minOccurs="0"/>
      <xs:element name="updated_datetime" type="moment" minOccurs="0"/>
      <xs:element name="expected_datetime" type="moment" minOccurs="0"/>
      <xs:element name="address" type="xs:string" minOccurs="0"/>
      <xs:element name="address_id" type="xs:string" minOccurs="0"/>
      <xs:element name="zipcode" type="xs:string" minOccurs="0"/>
      <xs:element name="lat" type="degrees" minOccurs="0"/><xs:element name="long" type="degrees" minOccurs="0"/>
      <xs:element name="media_url" type="xs:string" minOccurs="0"/>
    </xs:all></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>

  <xs:element name="errors"><xs:complexType><xs:sequence>
    <xs:element name="error" maxOccurs="unbounded"><xs:complexType><xs:all>
      <xs:element name="code" type="xs:positiveInteger"/><xs:element name="description" type="said"/>
    </xs:all></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>

  <xs:element name="discovery"><xs:complexType><xs:all>
    <xs:element name="changeset" type="moment"/><xs:element name="contact" type="said"/>
    <xs:element name="key_service" type="xs:string"/>
    <xs:element name="endpoints"><xs:complexType><xs:sequence>
      <xs:element name="endpoint" maxOccurs="unbounded"><xs:complexType><xs:all>
        <xs:element name="specification" type="said"/><xs:element name="url" type="xs:anyURI"/>
        <xs:element name="changeset" type="moment"/><xs:element name="type" type="said"/>
        <xs:element name="formats"><xs:complexType><xs:sequence>
          <xs:element name="format" type="said" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:all></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:all></xs:complexType></xs:element>
</xs:schema>
"""
