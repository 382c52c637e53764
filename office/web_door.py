"""Who comes in: the session, the rights asked anew at every request, forged posts, the pace."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from office.web_answers import Refusal
from storage import doors, people, roster
from storage.access import OFFICIALS, Rights
from storage.people import MembershipRow

COOKIE = "soxanh_van_phong"
FORM_BYTES = 64 * 1024
REMEMBERED = 20_000

NO_SESSION = "Phiên làm việc đã hết. Anh/chị nhắn “web” cho Sổ Xanh để lấy đường vào mới ạ."
NO_OFFICE = (
    "Trang này dành cho cán bộ đang giữ việc. Anh/chị cần vào thì nhắn quản trị của xã giúp em ạ."
)
FORGED = "Em chỉ nhận thao tác từ chính trang này. Anh/chị tải lại trang rồi làm lại giúp em nhé."


@dataclass(frozen=True)
class Official:
    """Who is at the desk. `csrf` goes into every form; `roles` are those that hold now."""

    person_id: int
    name: str
    roles: tuple[MembershipRow, ...]
    csrf: str

    @property
    def rights(self) -> Rights:
        """What they may do, at this moment."""
        return Rights(self.roles)

    @property
    def roots(self) -> tuple[str, ...]:
        """Paths of the units they hold an office in."""
        return tuple(sorted({role.unit_path for role in self.roles if role.role in OFFICIALS}))

    @property
    def communes(self) -> tuple[int, ...]:
        """Ids of the communes they hold an office in."""
        return tuple(dict.fromkeys(r.commune_id for r in self.roles if r.role in OFFICIALS))


class Door:
    """Signs cookies and forms with a key of its own; knows nobody by itself.

    Args:
        secret: at least 32 bytes; changing it closes every session.
        public_url: where people reach us; decides the Secure cookie and whose posts are ours.
    """

    def __init__(self, secret: bytes, *, public_url: str, now: Callable[[], datetime]) -> None:
        if len(secret) < 32:
            raise ValueError("the office's secret needs at least 32 bytes")
        self._secret = secret
        self._public = urlsplit(public_url)
        self._now = now

    @property
    def https(self) -> bool:
        """Whether people reach us by https."""
        return self._public.scheme == "https"

    def _sign(self, purpose: str, token: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()

    def keep(self, response: web.StreamResponse, session: str) -> None:
        """Give the browser its session."""
        response.set_cookie(
            COOKIE,
            f"{session}.{self._sign('session', session)}",
            max_age=int(doors.SESSION_LASTS.total_seconds()),
            path="/van-phong",
            httponly=True,
            secure=self.https,
            # Lax: officials come by links in their chats and must not lose the session by that
            samesite="Lax",
        )

    def session_of(self, request: web.Request) -> str | None:
        """The session in the cookie, None when the signature is not ours."""
        session, _, signature = request.cookies.get(COOKIE, "").partition(".")
        good = hmac.compare_digest(signature.encode(), self._sign("session", session).encode())
        return session if session and good else None

    async def official(self, tx: AsyncConnection, request: web.Request) -> Official:
        """Who is asking. Raises Refusal 401 without a session, 403 without an office."""
        session = self.session_of(request)
        now = self._now()
        person_id = await doors.who_is(tx, session, now=now) if session else None
        if session is None or person_id is None:
            raise Refusal(401, NO_SESSION)
        roles = (await people.memberships_of(tx, [person_id], now=now)).get(person_id, ())
        if not Rights(roles).is_official:
            raise Refusal(403, NO_OFFICE)
        names = await roster.names_of(tx, [person_id])
        return Official(person_id, names.get(person_id, ""), roles, self._sign("csrf", session))

    def insist_on_our_page(self, request: web.Request) -> None:
        """Refuse posts that another site sent: by Origin, or by Sec-Fetch-Site where it is missing."""
        origin = request.headers.get("Origin", "")
        if not origin:
            ours = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        else:
            host = urlsplit(origin).netloc.lower()
            ours = bool(host) and host in {request.host.lower(), self._public.netloc.lower()}
        if not ours:
            raise Refusal(403, FORGED)

    def insist_on_form(self, official: Official, form: Mapping[str, str]) -> None:
        """Refuse a form that was not on a page of this very session."""
        if not hmac.compare_digest(form.get("csrf", "").encode(), official.csrf.encode()):
            raise Refusal(403, FORGED)


async def form_of(request: web.Request, *, limit_bytes: int = FORM_BYTES) -> dict[str, str]:
    """The fields of an urlencoded form, the last of each name. Raises Refusal 413, 415, 400."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal(415, "Em không đọc được nội dung gửi lên ạ.")
    body = b""
    while not request.content.at_eof():
        body += await request.content.read(limit_bytes + 1 - len(body))
        if len(body) > limit_bytes:
            raise Refusal(413, "Nội dung gửi lên dài quá. Anh/chị rút ngắn giúp em nhé.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        raise Refusal(400, "Em không đọc được nội dung gửi lên ạ.") from None


def visitor(request: web.Request, proxies: int) -> str:
    """The network address of the visitor, behind so many proxies of our own.

    Each proxy appends one entry to X-Forwarded-For; entries beyond ours are claims, not believed.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if 0 < proxies <= len(hops) and hops[-proxies]:
        return hops[-proxies]
    return request.remote or ""


class Pace:
    """So many requests at once from one address, then so many a second."""

    def __init__(self, *, burst: int, per_s: float, now: Callable[[], datetime]) -> None:
        self._burst, self._per_s, self._now = float(burst), per_s, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def keep(self, key: str) -> None:
        """Spend one. Raises Refusal 429 when there is none left."""
        at = self._now().timestamp()
        left, since = self._left.pop(key, (self._burst, at))
        left = min(self._burst, left + max(0.0, at - since) * self._per_s)
        enough = left >= 1
        self._left[key] = (left - 1 if enough else left, at)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        if not enough:
            wait_s = int((1 - left) / self._per_s) + 1
            raise Refusal(
                429, "Anh/chị thao tác hơi nhanh, chờ em một chút nhé.", retry_after_s=wait_s
            )
