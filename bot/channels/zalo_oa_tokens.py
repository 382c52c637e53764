"""The Official Account's tokens: consent with PKCE, and refreshing by exactly one process.

A refresh token works once, and whoever loses the answer loses the account until an
administrator consents again (Zalo reference, B2, points 16 and 17). So: mark and commit, ask
once with a generous timeout, commit the new pair, and only then use it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlencode

import msgspec

from bot.channels.base import ChannelDown, TryLater
from bot.channels.zalo_http import CallFailed, Http, JsonObject, NotSent, hidden

REFRESH_BEFORE = timedelta(hours=4)
"""A pair is renewed when its access token has less left; it lives 25 hours. Of a shorter life, a quarter."""

REFRESH_ANSWER_S = 90.0
"""How long one refresh may take: giving up early may cost the account."""

WAIT_FOR_OTHERS_S = 100.0
LOOK_EVERY_S = 0.2
CONSENT_LASTS = timedelta(minutes=15)
"""A link's code must come back in this time; Zalo's own code lives 10 minutes."""

RATE_EXCEEDED = -32
"""The one refusal that leaves the refresh token unspent (B2)."""

DOUBTFUL = (
    "a token refresh was asked for and its answer was lost; it is not asked again, because that "
    "could destroy the grant. Run `soxanh zalo connect` when sending stops."
)
NO_CONSENT = "the Official Account has not consented; run `soxanh zalo connect`"


class Tokens(msgspec.Struct, frozen=True):
    """The pair in use, as far as calls need it."""

    access: str
    made_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the token."""
        return f"Tokens(until {self.expires_at:%Y-%m-%d %H:%M})"


Outcome = Literal["spend", "fresh", "busy", "doubtful", "missing"]


class Begun(msgspec.Struct, frozen=True):
    """What `begin_refresh` found.

    `outcome`: spend (marked, committed, ours to ask with `refresh`), fresh (another process has
    just renewed it), busy (another is at it), doubtful (somebody asked and no answer was kept),
    missing (there is no pair).
    """

    outcome: Outcome
    refresh: str = ""

    def __repr__(self) -> str:
        """Without the token."""
        return f"Begun({self.outcome})"


class TokenShelf(Protocol):
    """Where pairs are kept; each call is one transaction (`bot/handlers/zalo_shelf.py`)."""

    async def current(self) -> Tokens | None:
        """The pair in use."""
        ...

    async def begin_refresh(self, stale: str) -> Begun:
        """Take the right to refresh the pair whose access token is `stale`, and mark it as spent."""
        ...

    async def refreshed(self, access: str, refresh: str, expires_at: datetime) -> None:
        """Commit the pair that the refresh token gave; a consent that came meanwhile stays in force."""
        ...

    async def refused(self, words: str) -> None:
        """Zalo knows the refresh token that was being spent no more."""
        ...

    async def not_spent(self) -> None:
        """The refresh token was not used after all."""
        ...

    async def begin_consent(self, state: str, verifier: str) -> None:
        """Remember a link that is handed out."""
        ...

    async def take_consent(self, state: str, since: datetime) -> str | None:
        """The verifier of the link this answers, used up; "" as state takes the newest."""
        ...

    async def consented(self, access: str, refresh: str, expires_at: datetime) -> None:
        """Commit the pair of a new consent."""
        ...


class OaApp(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are to Zalo's OAuth server."""

    app_id: str
    app_secret: str
    oa_id: str
    oauth_url: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"OaApp({self.app_id}, OA {self.oa_id})"


class ConsentFailed(Exception):
    """The code gave no tokens; the text says why and what to do."""


def code_challenge(verifier: str) -> str:
    """PKCE's public half: base64url(SHA-256(verifier)) without padding (B2, RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class TokenKeeper:
    """Gives out access tokens, and renews them in time.

    Args:
        alert: told (code, words) when an administrator must act; `is_well` when it is over.
    """

    def __init__(
        self,
        app: OaApp,
        shelf: TokenShelf,
        http: Http,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._shelf = shelf
        self._http = http
        self._clock = clock
        self._turn = asyncio.Lock()

    async def access(self, *, refused: str = "") -> str:
        """A token to call with.

        Args:
            refused: a token Zalo has just refused; another one is given, or none.

        Raises:
            ChannelDown: there is none until an administrator consents.
            TryLater: Zalo's OAuth server cannot be reached just now.
        """
        tokens = await self._shelf.current()
        if tokens is None:
            raise ChannelDown(NO_CONSENT)
        if tokens.access == refused or self._runs_out(tokens):
            return await self._renewed(tokens, refused)
        return tokens.access

    async def keep_alive(self) -> None:
        """Renew when little is left; called by the clock, so that an idle installation stays connected."""
        tokens = await self._shelf.current()
        if tokens is not None and self._runs_out(tokens):
            await self._renewed(tokens, "")

    def _runs_out(self, tokens: Tokens) -> bool:
        life = tokens.expires_at - tokens.made_at
        return tokens.expires_at - self._clock() < min(REFRESH_BEFORE, life / 4)

    async def _renewed(self, stale: Tokens, refused: str) -> str:
        try:
            async with self._turn, asyncio.timeout(WAIT_FOR_OTHERS_S):
                while True:
                    found = await self._renew_once(stale, refused)
                    if found is not None:
                        return found
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise TryLater("another process is renewing the tokens", after_s=30) from None

    async def _renew_once(self, stale: Tokens, refused: str) -> str | None:
        """The token to use from now on; None while another process is renewing it."""
        now_kept = await self._shelf.current()
        if now_kept is not None and now_kept.access != stale.access:
            return now_kept.access
        begun = await self._shelf.begin_refresh(stale.access)
        match begun.outcome:
            case "missing":
                raise ChannelDown(NO_CONSENT)
            case "spend":
                return await self._spend(begun.refresh)
            case "doubtful":
                return self._old_one(stale, refused)
            case "busy" if stale.access != refused and stale.expires_at > self._clock():
                return stale.access
        return None

    def _old_one(self, stale: Tokens, refused: str) -> str:
        """Nobody knows whether the refresh was done: the old token serves as long as Zalo takes it."""
        if stale.access == refused or stale.expires_at <= self._clock():
            raise ChannelDown(DOUBTFUL)
        return stale.access

    async def _spend(self, refresh_token: str) -> str:
        form = {
            "refresh_token": refresh_token,
            "app_id": self._app.app_id,
            "grant_type": "refresh_token",
        }
        # whatever stops this process now, the answer of a call that left must still be kept
        return await asyncio.shield(asyncio.ensure_future(self._ask_and_keep(form)))

    async def _ask_and_keep(self, form: dict[str, str]) -> str:
        try:
            answer = await self._ask(form)
        except NotSent as error:
            await self._shelf.not_spent()
            raise TryLater(f"Zalo's OAuth server: {error}", after_s=30) from None
        except CallFailed as error:
            # an answer that cannot be read may have been the new pair
            raise ChannelDown(f"{DOUBTFUL} ({error})") from None
        pair = tokens_in(answer, self._clock())
        if pair is not None:
            await self._shelf.refreshed(*pair)
            return await self._in_force()
        code, words = _refusal(answer)
        if code == RATE_EXCEEDED:
            await self._shelf.not_spent()
            raise TryLater(f"Zalo's OAuth server: {words}", after_s=60)
        await self._shelf.refused(words)
        return await self._in_force(
            f"Zalo no longer knows our tokens ({words}); run `soxanh zalo connect`"
        )

    async def _in_force(self, without: str = NO_CONSENT) -> str:
        """The token to call with, as committed; `without` says why there may be none."""
        tokens = await self._shelf.current()
        if tokens is None:
            raise ChannelDown(without)
        return tokens.access

    async def _ask(self, form: dict[str, str]) -> JsonObject:
        return await self._http.call(
            "POST",
            f"{self._app.oauth_url}/v4/oa/access_token",
            form=form,
            headers={"secret_key": self._app.app_secret},
            answer_s=REFRESH_ANSWER_S,
        )

    # --- consent -----------------------------------------------------------------------------

    async def consent_link(self, callback: str) -> str:
        """The address at which the OA's administrator consents; it serves once, for 15 minutes.

        Args:
            callback: our address as registered at developers.zalo.me.
        """
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
        await self._shelf.begin_consent(state, verifier)
        query = {
            "app_id": self._app.app_id,
            "redirect_uri": callback,
            "code_challenge": code_challenge(verifier),
            "state": state,
        }
        return f"{self._app.oauth_url}/v4/oa/permission?{urlencode(query)}"

    async def take_code(self, code: str, *, state: str = "", oa_id: str = "") -> None:
        """Exchange the code that came back, and commit the first pair.

        Raises:
            ConsentFailed: another account, no such link, or Zalo gave no tokens.
        """
        if oa_id and oa_id != self._app.oa_id:
            raise ConsentFailed(
                f"another Official Account consented ({oa_id}); SOXANH_ZALO_OA_ID is {self._app.oa_id}"
            )
        verifier = await self._shelf.take_consent(state, self._clock() - CONSENT_LASTS)
        if verifier is None:
            raise ConsentFailed("this link was used or is too old; run `soxanh zalo connect` again")
        form = {
            "code": code,
            "app_id": self._app.app_id,
            "grant_type": "authorization_code",
            "code_verifier": verifier,
        }
        try:
            answer = await self._ask(form)
        except CallFailed as error:
            raise ConsentFailed(f"{error}; run `soxanh zalo connect` again") from None
        pair = tokens_in(answer, self._clock())
        if pair is None:
            raise ConsentFailed(f"{_refusal(answer)[1]}; run `soxanh zalo connect` again")
        await self._shelf.consented(*pair)


def tokens_in(answer: JsonObject, now: datetime) -> tuple[str, str, datetime] | None:
    """Access token, refresh token and end of an answer; None when it holds no tokens.

    `expires_in` came as text and as number (B2).
    """
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        return None
    try:
        lasts_s = int(answer.get("expires_in") or 0)
    except (TypeError, ValueError):
        lasts_s = 0
    # without a usable length the shortest claimed by any source is believed (1 h)
    return access, refresh, now + timedelta(seconds=lasts_s if lasts_s > 0 else 3600)


def _refusal(answer: JsonObject) -> tuple[int, str]:
    try:
        code = int(answer.get("error") or 0)
    except (TypeError, ValueError):
        code = 0
    words = str(answer.get("error_name") or answer.get("error_description") or "no tokens")
    return code, hidden(f"{code}: {words[:200]}")
