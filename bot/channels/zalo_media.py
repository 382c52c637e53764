"""Fetching what people sent on Zalo: from Zalo's own hosts only, capped, never from inside our network.

Zalo reference, point 7. Names are checked against the list, and the addresses they stand for
are checked while connecting, so that a name cannot point inward between check and use.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit, urlunsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.channels.base import FetchFailed

HOSTS = (".zdn.vn", ".zadn.vn", ".zalo.me")
MOST_REDIRECTS = 2
FETCH_S = 30.0
_GONE = frozenset({400, 403, 404, 410})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _PublicOnly(AbstractResolver):
    """Resolves names, and refuses those that stand for an address that is not public."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As the system resolves, or OSError when any of the addresses is private."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise OSError(None, "the name stands for a private address")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether an IP address (v4, v6, mapped) is one of the open Internet."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


class MediaFetcher:
    """Downloads of both Zalo channels.

    Args:
        more_hosts: further hosts; one with a leading dot takes its subdomains along.
        loopback: allow this machine by plain http, for emulators.
    """

    def __init__(self, *, more_hosts: Sequence[str] = (), loopback: bool = False) -> None:
        self._hosts = (*HOSTS, *(host.strip().lower() for host in more_hosts if host.strip()))
        self._loopback = loopback
        self._session: ClientSession | None = None

    def safe_url(self, url: str) -> str:
        """`url` as it may be fetched, plain http made https.

        Raises:
            FetchFailed: for good; the host is not on the list, or it is no web address.
        """
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
            raise FetchFailed("not a web address", for_good=True)
        if self._loopback and host in _LOOPBACK:
            return url
        if not any(
            host == one.lstrip(".") or (one[0] == "." and host.endswith(one)) for one in self._hosts
        ):
            raise FetchFailed(f"the host {host[:100]} is not on the list", for_good=True)
        if parts.port not in (None, 443, 80):
            raise FetchFailed("a port of its own", for_good=True)
        return urlunsplit(("https", host, parts.path, parts.query, ""))

    async def fetch(self, url: str, *, limit_bytes: int) -> bytes:
        """What stands at `url`.

        Raises:
            FetchFailed: refused, gone, too large or not reachable; `for_good` says which.
        """
        for _ in range(MOST_REDIRECTS + 1):
            url = self.safe_url(url)
            found = await self._get(url, limit_bytes)
            if isinstance(found, bytes):
                return found
            url = urljoin(url, found)
        raise FetchFailed("too many redirects", for_good=True)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _get(self, url: str, limit_bytes: int) -> bytes | str:
        """The content, or the address a redirect names."""
        try:
            async with self._opened().get(url, allow_redirects=False) as answer:
                if 300 <= answer.status < 400:
                    return answer.headers.get("Location", "")
                if answer.status != 200:
                    gone = answer.status in _GONE
                    raise FetchFailed(f"HTTP {answer.status}", for_good=gone)
                if (answer.content_length or 0) > limit_bytes:
                    raise FetchFailed(f"larger than {limit_bytes} bytes", for_good=True)
                content = bytearray()
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    content += chunk
                    if len(content) > limit_bytes:
                        raise FetchFailed(f"larger than {limit_bytes} bytes", for_good=True)
                return bytes(content)
        except (ClientError, TimeoutError, OSError) as error:
            raise FetchFailed(f"not reachable: {type(error).__name__}", for_good=False) from None

    def _opened(self) -> ClientSession:
        if self._session is None:
            # an address written as a number never reaches the resolver; the list of hosts has none
            connector = TCPConnector(limit=16, resolver=None if self._loopback else _PublicOnly())
            self._session = ClientSession(
                connector=connector, timeout=ClientTimeout(total=FETCH_S, connect=10)
            )
        return self._session
