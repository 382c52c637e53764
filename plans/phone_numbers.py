"""Vietnamese telephone numbers, as people and sheets write them."""

from __future__ import annotations

import re


def phone_of(typed: str) -> str | None:
    """A Vietnamese number as its own digits ("0900000001"), or None.

    Mobile numbers have ten digits and begin with 03, 05, 07, 08 or 09, fixed lines eleven and
    begin with 02 (the numbering plan of Thông tư 22/2014/TT-BTTTT). Excel drops a leading 0.
    """
    digits = re.sub(r"[\s.\-()]", "", typed)
    digits = re.sub(r"^(\+84|0084|84(?=\d{9,10}$))", "0", digits)
    if re.fullmatch(r"[35789]\d{8}|2\d{9}", digits):
        digits = f"0{digits}"
    return digits if re.fullmatch(r"0[35789]\d{8}|02\d{9}", digits) else None


def shown_phone(phone: str) -> str:
    """A mobile number in groups that are read out easily: "0900 000 001"."""
    return f"{phone[:4]} {phone[4:7]} {phone[7:]}"
