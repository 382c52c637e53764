"""OAuth v4 of a Zalo Official Account: consent, code, and a token pair that is used up (B2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import web
from yarl import URL

from tests.emulators.zalo_common import (
    EmulatorTime,
    JsonObject,
    LoopbackServer,
    Refused,
    is_loopback,
)

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=90_000)
# "3 months" (B2), taken at its shortest.
REFRESH_LIFE = timedelta(days=89)

WRONG_APP, WRONG_REDIRECT = -14002, -14003
# B2 knows -14012 and -14024 from community reports without a meaning, and no code at all for a
# wrong app secret or a spent code; the bot must only see that no tokens came.
WRONG_SECRET, WRONG_CODE = -14012, -14024
TOKEN_INVALID, TOKEN_EXPIRED = -216, -220


def code_challenge(verifier: str) -> str:
    """PKCE: base64url(SHA-256(verifier)) without padding, no method parameter (B2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class TokenPair:
    """What an exchange hands out."""

    access_token: str
    refresh_token: str


@dataclass
class _Code:
    challenge: str
    expires_at: datetime
    used: bool = False


@dataclass
class _Token:
    expires_at: datetime
    dead: bool = False


class Grants:
    """Codes and token pairs of one app and one OA.

    Attributes:
        expires_in_as: the answer's `expires_in` was seen as string and as number (B2).
        dead_refresh_code: a spent refresh token was answered with -14014 and with -118 (B2).
        requires_pkce: whether an exchange without a challenge is refused (conflicting in B2).
    """

    def __init__(self, clock: EmulatorTime, *, app_id: str, app_secret: str) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.expires_in_as: Literal["string", "number"] = "string"
        self.dead_refresh_code = -14014
        self.requires_pkce = True
        self._time = clock
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}

    def issue_code(self, challenge: str) -> str:
        """The admin has consented: a code for ten minutes and one use."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(challenge, self._time.now() + CODE_LIFE)
        return code

    def mint(self) -> TokenPair:
        """A fresh pair, as the console's API Explorer gives for tests; older access dies."""
        for token in self._access.values():
            token.dead = True
        pair = TokenPair(secrets.token_urlsafe(48), secrets.token_urlsafe(48))
        now = self._time.now()
        self._access[pair.access_token] = _Token(now + ACCESS_LIFE)
        self._refresh[pair.refresh_token] = _Token(now + REFRESH_LIFE)
        return pair

    def revoke(self) -> None:
        """The OA takes its consent back: every token dies."""
        for token in (*self._access.values(), *self._refresh.values()):
            token.dead = True

    def answer(self, form: Mapping[str, str], secret_key: str) -> JsonObject:
        """What `/v4/oa/access_token` answers to a well-formed request.

        Raises:
            Refused: wrong app, secret, code, verifier or refresh token.
        """
        if form.get("app_id") != self.app_id:
            raise Refused(WRONG_APP, "Invalid app id")
        if not hmac.compare_digest(secret_key.encode(), self.app_secret.encode()):
            raise Refused(WRONG_SECRET, "Invalid secret key")
        if form.get("grant_type") == "authorization_code":
            self._spend_code(form)
        elif form.get("grant_type") == "refresh_token":
            self._spend_refresh(form.get("refresh_token", ""))
        else:
            raise Refused(WRONG_CODE, "Invalid grant type")
        pair = self.mint()
        seconds = int(ACCESS_LIFE.total_seconds())
        expires_in = str(seconds) if self.expires_in_as == "string" else seconds
        return {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "expires_in": expires_in,
        }

    def check_access(self, access_token: str) -> None:
        """Raises:
        Refused: -216 for a token never issued, -220 for one that has expired or was revoked.
        """
        token = self._access.get(access_token)
        if token is None:
            raise Refused(TOKEN_INVALID, "Access token is invalid")
        if token.dead or token.expires_at <= self._time.now():
            raise Refused(TOKEN_EXPIRED, "Access token is expired or revoked")

    def _spend_code(self, form: Mapping[str, str]) -> None:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.used or code.expires_at <= self._time.now():
            raise Refused(WRONG_CODE, "Authorization code is invalid or expired")
        # Used up even by a failing exchange: a stolen code allows no second guess.
        code.used = True
        if not code.challenge:
            if self.requires_pkce:
                raise Refused(WRONG_CODE, "Missing code challenge")
            return
        if code_challenge(form.get("code_verifier", "")) != code.challenge:
            raise Refused(WRONG_CODE, "Invalid code verifier")

    def _spend_refresh(self, refresh_token: str) -> None:
        token = self._refresh.get(refresh_token)
        if token is None or token.dead or token.expires_at <= self._time.now():
            raise Refused(self.dead_refresh_code, "Invalid refresh token")
        token.dead = True


CONSENT_PAGE = """<!doctype html><meta charset="utf-8"><title>Zalo</title>
<p>Ứng dụng {app_id} xin quyền quản lý Official Account <b>{name}</b>.</p>
<form method="get">{fields}<button name="allow" value="1">Cho phép</button></form>"""


class ConsentDesk:
    """The two OAuth addresses over HTTP.

    Attributes:
        redirect_uris: verified callbacks; empty means any address on this machine.
        echoes_state: the docs promise only `code` and `oa_id`; `state` comes in practice (B2).
        console_challenge: the one fixed challenge the official page speaks of (conflicting in
            B2); it counts when the link brings none of its own.
    """

    def __init__(self, server: LoopbackServer, grants: Grants, *, oa_id: str, name: str) -> None:
        self.redirect_uris: tuple[str, ...] = ()
        self.echoes_state = True
        self.console_challenge = ""
        self.exchanges: list[JsonObject] = []
        self._server = server
        self._grants = grants
        self._oa_id = oa_id
        self._name = name

    def routes(self) -> list[web.AbstractRouteDef]:
        """The consent page and the token endpoint."""
        return [
            web.get("/v4/oa/permission", self.permission),
            web.post("/v4/oa/access_token", self.access_token),
        ]

    async def permission(self, request: web.Request) -> web.StreamResponse:
        """The page an OA admin opens; pressing its button redirects with code and oa_id."""
        asked = dict(request.query)
        try:
            self._check_link(asked)
        except Refused as refused:
            return self.oauth_refusal(refused)
        if asked.pop("allow", None) is None:
            fields = "".join(
                f'<input type="hidden" name="{web_safe(key)}" value="{web_safe(value)}">'
                for key, value in asked.items()
            )
            page = CONSENT_PAGE.format(
                app_id=web_safe(asked["app_id"]), name=web_safe(self._name), fields=fields
            )
            return web.Response(text=page, content_type="text/html")
        raise web.HTTPFound(self._callback(asked))

    async def access_token(self, request: web.Request) -> web.Response:
        """Exchange a code, or use up a refresh token."""
        if request.content_type != "application/x-www-form-urlencoded":
            self._server.violate("B2", "the token request is form-urlencoded, no other type")
            return self.oauth_refusal(Refused(WRONG_CODE, "Invalid content type"))
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.exchanges.append({"form": form, "at": self._server.time.now()})
        self._look_at_verifier(form)
        try:
            return web.json_response(
                self._grants.answer(form, request.headers.get("secret_key", ""))
            )
        except Refused as refused:
            return self.oauth_refusal(refused)

    def _look_at_verifier(self, form: Mapping[str, str]) -> None:
        if form.get("grant_type") == "refresh_token" and "code_verifier" in form:
            self._server.violate("B2", "a refresh carries no code_verifier")
        if len(form.get("code_verifier", "x" * 43)) != 43:
            self._server.violate("B2", "a code_verifier has 43 characters")

    def oauth_refusal(self, refused: Refused) -> web.Response:
        """`error`, `error_name`, `error_description` and no tokens, with HTTP 200 (B2)."""
        return web.json_response(
            {
                "error": refused.code,
                "error_name": refused.message,
                "error_description": refused.message,
            }
        )

    async def admin_consents(self, link: str) -> URL:
        """The OA admin opens the link and presses the button; returns the redirect's address.

        Raises:
            AssertionError: the link is refused.
        """
        async with self._server.client.get(
            URL(link).update_query(allow="1"), allow_redirects=False
        ) as answer:
            if answer.status != 302:
                raise AssertionError(f"consent refused: {await answer.text()}")
            return URL(answer.headers["Location"])

    def _check_link(self, asked: Mapping[str, str]) -> None:
        if asked.get("app_id") != self._grants.app_id:
            raise Refused(WRONG_APP, "Invalid app id")
        target = asked.get("redirect_uri", "")
        known = target in self.redirect_uris if self.redirect_uris else is_loopback(target)
        if not known:
            raise Refused(WRONG_REDIRECT, "Invalid redirect uri")
        if "code_challenge_method" in asked:
            self._server.violate("B2", "the consent link has no code_challenge_method")

    def _callback(self, asked: Mapping[str, str]) -> URL:
        code = self._grants.issue_code(asked.get("code_challenge") or self.console_challenge)
        answer = {"code": code, "oa_id": self._oa_id}
        if self.echoes_state and "state" in asked:
            answer["state"] = asked["state"]
        return URL(asked["redirect_uri"]).update_query(answer)


def web_safe(text: str) -> str:
    """Text that may stand inside HTML and its attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
