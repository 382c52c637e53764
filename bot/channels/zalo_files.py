"""Files that Zalo does not carry: a link that ends, or where else to get them (point 27).

The words end with the file's name, which no other message has, whatever stands before it: so a
message whose answer was lost is found in the conversation although each try has another link.
"""

from __future__ import annotations

from bot.channels.base import Outgoing

FILE_BYTES = 5_000_000
FILE_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""What a file message of the Official Account may be (B6); sheets are not among it."""

FILE_LINK_DAYS = 3


def fits(message: Outgoing) -> bool:
    """Whether the Official Account carries the file of this message, by its kind and size."""
    _, content_type, content = message.files[0]
    return content_type in FILE_SUFFIXES and len(content) <= FILE_BYTES


def words_for(message: Outgoing, url: str | None) -> str:
    """What is said in place of the file; `url` is None where there can be no address."""
    if url is None:
        said = (
            "Tệp này em không gửi qua Zalo được ạ. Anh/chị xem ở trang văn phòng của xã, "
            "hoặc hỏi cán bộ xã giúp em nhé."
        )
    else:
        said = f"Em gửi anh/chị tệp, mở trong {FILE_LINK_DAYS} ngày giúp em nhé:\n{url}"
    return "\n".join(part for part in (message.words, said, last_words(message)) if part)


def last_words(message: Outgoing) -> str:
    """By what a message in place of a file is known."""
    return f"({message.files[0][0]})"
