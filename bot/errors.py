"""Errors that people may meet. Each has a stable `code` for the log and `says`, the sentence for the person."""

from __future__ import annotations


class BotError(Exception):
    """Something went wrong that we know by name."""

    code = "bot-error"
    says = "Em gặp trục trặc rồi ạ, anh/chị thử lại sau ít phút giúp em nhé."


class NotAllowed(BotError):
    """The person has no right to do this here."""

    code = "not-allowed"
    says = (
        "Việc này em chỉ làm được với người được giao thôi ạ. Anh/chị hỏi Văn phòng xã giúp em nhé."
    )
