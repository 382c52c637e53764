"""Who may come in at the web chat's door: the signed session, the same-origin rule, the pace."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

COOKIE = "soxanh_chat"
COOKIE_AGE_S = 400 * 24 * 3600
"""400 days, the longest that browsers keep a cookie (RFC 6265bis, section 5.5)."""

REMEMBERED = 20_000
"""How many sessions or addresses a `Pace` keeps in mind; the longest silent is forgotten first."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one page, one network address and the whole server may ask for."""

    body_bytes: int = 64 * 1024
    """Of `POST /chat/say`: 4,000 characters, each escaped as \\uXXXX, fit."""
    photo_bytes: int = 15 * 1024 * 1024
    photos: int = 20
    """In one request. Each is read, kept and let go before the next."""
    caption: int = 1000
    upload_s: float = 300.0
    """One upload; 15 MB over a slow 3G line (0.5 Mbit/s) takes about four minutes."""
    lines: int = 100
    """Of history on one page."""
    session_burst: int = 60
    session_per_s: float = 1.0
    address_burst: int = 600
    address_per_s: float = 10.0
    """Wide, because phone networks put hundreds of people behind one address."""
    reads_burst: int = 3000
    reads_per_s: float = 50.0
    """Pages, pictures and streams asked for from one address; a page with its pictures is about a hundred."""
    say_s: float = 30.0
    uploads_each: int = 8
    uploads_total: int = 32
    streams_each: int = 400
    streams_total: int = 5000


class Refusal(Exception):
    """A request that is not served. `says` is the sentence the page shows."""

    def __init__(self, status: int, code: str, says: str, *, retry_after_s: float = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.says = says
        self.retry_after_s = retry_after_s


class Sessions:
    """Signed random session ids. The database knows the id, only the browser the signature.

    Args:
        secret: at least 32 bytes; changing it closes every open session.
        new_id: gives a fresh unguessable id, URL-safe, without a dot.
    """

    def __init__(
        self, secret: bytes, new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16)
    ) -> None:
        if len(secret) < 32:
            raise ValueError("the web chat's secret needs at least 32 bytes")
        self._key = hmac.digest(secret, b"webchat session", "sha256")
        self._new_id = new_id

    def new(self) -> str:
        """A session id nobody had before."""
        return self._new_id()

    def seal(self, address: str) -> str:
        """The cookie value of a session."""
        return f"{address}.{self._sign(address)}"

    def open(self, cookie: str) -> str | None:
        """The session id in a cookie, or None when the signature is not ours."""
        address, _, signature = cookie.partition(".")
        known = hmac.compare_digest(signature.encode(), self._sign(address).encode())
        return address if address and known else None

    def _sign(self, address: str) -> str:
        return hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest()


class Pace:
    """A token bucket for each key: `burst` at once, then `per_s` a second."""

    def __init__(self, *, burst: int, per_s: float, now: Callable[[], datetime]) -> None:
        self._burst = float(burst)
        self._per_s = per_s
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Spend one; 0 when there was one to spend, else the seconds until there is."""
        at = self._now().timestamp()
        left, since = self._left.pop(key, (self._burst, at))
        left = min(self._burst, left + max(0.0, at - since) * self._per_s)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_s
        self._left[key] = (left - 1 if left >= 1 else left, at)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return wait


class Slots:
    """How many slow things (uploads, streams) one key and all keys together may have open."""

    def __init__(self, *, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        """Hold a slot. Raises Refusal 503 when there is none."""
        if self._open[key] >= self._each or self._open.total() >= self._total:
            raise Refusal(503, "busy", "Em đang nhận nhiều quá, lát nữa máy tự gửi lại nhé.", retry_after_s=5)  # fmt: skip
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


def same_origin(request: web.Request, public_host: str) -> bool:
    """Whether a POST comes from our own page: by Origin, or by Sec-Fetch-Site where Origin is missing.

    Only the host is compared, because a proxy in front may speak https for us.
    """
    origin = request.headers.get("Origin", "")
    if not origin:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(host) and host in {request.host.lower(), public_host.lower()}


def visitor(request: web.Request, proxies: int) -> str:
    """The network address of the visitor.

    Args:
        proxies: how many proxies of our own stand in front. Each appends one entry to
            X-Forwarded-For; entries beyond ours are the visitor's claims and not believed.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if 0 < proxies <= len(hops) and hops[-proxies]:
        return hops[-proxies]
    return request.remote or ""
