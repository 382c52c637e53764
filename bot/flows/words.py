"""The few words that mean the same everywhere: back, skip, stop, help, later, done, yes, no."""

from __future__ import annotations

from functools import lru_cache

from bot.reading.fold import fold

BACK = frozenset({"quay lai", "lui lai", "lui", "back", "/quaylai", "tro lai", "cau truoc"})
SKIP = frozenset({"bo qua", "boqua", "skip", "/boqua", "khong co", "ko co", "k co", "bo"})
STOP = frozenset(
    {
        "thoi",
        "huy",
        "huy bo",
        "dung",
        "dung lai",
        "/thoi",
        "/huy",
        "stop",
        "cancel",
        "thoi khong bao nua",
    }
)
HELP = frozenset(
    {
        "giup",
        "giup em",
        "giup toi",
        "giup voi",
        "tro giup",
        "help",
        "/giup",
        "/help",
        "?",
        "huong dan",
    }
)
LATER = frozenset({"de sau", "lat nua", "luc khac", "de lat nua", "/desau", "mai lam"})
DONE = frozenset(
    {"xong", "xong roi", "het", "het roi", "du roi", "done", "ok xong", "/xong", "da xong"}
)
YES = frozenset(
    {
        "co",
        "dung",
        "dung roi",
        "u",
        "uh",
        "vang",
        "da",
        "da vang",
        "phai",
        "phai roi",
        "ok",
        "oke",
        "okie",
        "yes",
        "y",
        "chuan",
        "roi",
        "dong y",
        "chinh xac",
    }
)
NO = frozenset(
    {"khong", "ko", "k", "khong phai", "chua", "no", "n", "sai", "sai roi", "khong dung"}
)
SEND = frozenset(
    {"gui", "gui di", "gui luon", "gui bao cao", "nop", "nop luon", "ok gui", "xac nhan", "send"}
)
KEEP = frozenset(
    {
        "giu",
        "giu nguyen",
        "nhu cu",
        "nhu ky truoc",
        "nhu lan truoc",
        "khong doi",
        "van the",
        "y nguyen",
    }
)
EVERYWHERE = STOP | LATER | BACK | HELP | SKIP
"""What is understood at every question of every form."""

RESUME = frozenset({"tiep tuc", "tiep", "lam tiep", "/tieptuc"})


@lru_cache(maxsize=1024)
def plain(words: str) -> str:
    """`words` as they are compared: no accents, no case, single spaces, no closing punctuation or politeness."""
    text = _folded(words).strip(" .,!;:…")
    for tail in (" nhe", " nha", " a", " em", " em oi", " voi", " nhe em"):
        if text.endswith(tail) and len(text) > len(tail):
            text = text.removesuffix(tail).rstrip(" ,.")
    return text


def means(words: str, meaning: frozenset[str]) -> bool:
    """Whether `words` are exactly one of the ways to say `meaning`."""
    return plain(words) in meaning or _folded(words) in meaning


@lru_cache(maxsize=1024)
def _folded(words: str) -> str:
    return " ".join(fold(words).split())
