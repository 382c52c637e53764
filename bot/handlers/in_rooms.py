"""What is never said in a group: complaints, whoever made them, and telephone numbers (Zalo reference, point 28)."""

from __future__ import annotations

import re

import msgspec

from bot.events import Reply
from bot.flows.form import Act, Do, Look, Open, Who

PRIVATELY = Reply(
    words="Việc phản ánh mình nói riêng cho kín đáo ạ. Anh/chị nhắn riêng cho em, em ghi ngay."
)

_FORMS = ("violation", "case")
_LOOKS = ("case",)

_PHONE = re.compile(r"(?<![\d.,])(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\d])")
_HIDDEN = "(số điện thoại)"


def is_private(act: Act, who: Who) -> bool:
    """Whether this is a group, and `act` speaks of a complaint."""
    if not who.room:
        return False
    match act:
        case Open(flow) | Do(flow):
            return flow.startswith(_FORMS)
        case Look(flow):
            return flow.startswith(_LOOKS)
    return False


def shown_in_group(reply: Reply) -> Reply:
    """The reply as a whole group may read it: without telephone numbers, and asking nobody for theirs."""
    words = _PHONE.sub(_HIDDEN, reply.words)
    if words == reply.words and not reply.asks_contact:
        return reply
    return msgspec.structs.replace(reply, words=words, asks_contact=False)
