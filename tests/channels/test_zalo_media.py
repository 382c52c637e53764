"""Fetching what people sent: only from Zalo's hosts, capped, never from inside; and places people type."""

from __future__ import annotations

import pytest

from bot.channels.base import FetchFailed
from bot.channels.zalo_http import hidden
from bot.channels.zalo_media import MediaFetcher, is_public
from bot.channels.zalo_places import decode_plus_code, typed_place
from bot.events import Place
from tests.emulators.zalo_oa import ZaloOaEmulator


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/x.jpg",
        "https://zdn.vn.evil.example/x.jpg",
        "https://evilzdn.vn/x.jpg",
        "https://photo.zdn.vn:8443/x.jpg",
        "https://user@photo.zdn.vn/x.jpg",
        "file:///etc/passwd",
        "ftp://photo.zdn.vn/x",
        "http://127.0.0.1/x",
        "http://169.254.169.254/latest",
        "",
    ],
)
async def test_only_zalos_hosts_are_fetched_from(url: str) -> None:
    with pytest.raises(FetchFailed) as refused:
        await MediaFetcher().fetch(url, limit_bytes=10)
    assert refused.value.for_good


def test_plain_http_becomes_https_and_a_setting_adds_hosts() -> None:
    fetcher = MediaFetcher(more_hosts=[".dlfl.vn", "cdn.example"])
    assert fetcher.safe_url("http://photo.zdn.vn/a?b=1") == "https://photo.zdn.vn/a?b=1"
    assert fetcher.safe_url("https://f1.dlfl.vn/a") == "https://f1.dlfl.vn/a"
    assert fetcher.safe_url("https://cdn.example/a") == "https://cdn.example/a"
    with pytest.raises(FetchFailed):
        fetcher.safe_url("https://x.cdn.example/a")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("203.162.4.190", True),
        ("2001:4860:4860::8888", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("no address", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_a_name_that_stands_for_a_private_address_is_refused_while_connecting() -> None:
    """`localhost` is put on the list by an operator's mistake: the resolver still says no."""
    fetcher = MediaFetcher(more_hosts=["localhost"])
    with pytest.raises(FetchFailed, match="not reachable"):
        await fetcher.fetch("https://localhost/x", limit_bytes=10)
    await fetcher.close()


async def test_a_file_is_fetched_whole_and_too_large_a_one_is_not() -> None:
    async with ZaloOaEmulator() as zalo:
        fetcher = MediaFetcher(loopback=True)
        url = zalo.base_url + zalo.media.put(b"x" * 1000, ".jpg", "image/jpeg")
        assert await fetcher.fetch(url, limit_bytes=1000) == b"x" * 1000
        with pytest.raises(FetchFailed, match="larger") as refused:
            await fetcher.fetch(url, limit_bytes=999)
        assert refused.value.for_good
        await fetcher.close()


async def test_a_redirect_out_of_zalo_is_not_followed_and_an_expired_file_is_gone() -> None:
    async with ZaloOaEmulator() as zalo:
        fetcher = MediaFetcher(loopback=True)
        for target in ("http://10.0.0.1/x", "https://example.com/x", "file:///etc/passwd"):
            with pytest.raises(FetchFailed) as refused:
                await fetcher.fetch(zalo.base_url + zalo.media.put_redirect(target), limit_bytes=10)
            assert refused.value.for_good
        url = zalo.base_url + zalo.media.put(b"x", ".jpg", "image/jpeg")
        zalo.media.expire_all()
        with pytest.raises(FetchFailed, match="404") as gone:
            await fetcher.fetch(url, limit_bytes=10)
        assert gone.value.for_good
        await fetcher.close()


def test_secrets_are_taken_out_of_what_is_logged() -> None:
    url = "https://bot-api.zaloplatforms.com/bot1000000001:AbC-d_e/getUpdates"
    assert "AbC" not in hidden(url)
    assert "getUpdates" in hidden(url)
    form = "refresh_token=abc&app_id=1&code=xyz&code_verifier=vvv"
    assert hidden(form) == ("refresh_token=(hidden)&app_id=1&code=(hidden)&code_verifier=(hidden)")
    assert "abc" not in hidden('{"access_token": "abc", "expires_in": 1}')


# --- places ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("20.93210, 106.31230", Place(20.9321, 106.3123)),
        ("(20,9321; 106,3123)", Place(20.9321, 106.3123)),
        ("20.9321 106.3123", Place(20.9321, 106.3123)),
        ("https://maps.google.com/?q=20.93210,106.31230", Place(20.9321, 106.3123)),
        ("https://www.google.com/maps/@20.9321,106.3123,17z", Place(20.9321, 106.3123)),
        ("12,5 kg và 3,250 đồng", None),
        ("120.123 300.123", None),
        ("1,250", None),
        ("gần đình, thôn 3", None),
    ],
)
def test_typed_places(words: str, place: Place | None) -> None:
    assert typed_place(words) == place


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    [
        # from the test data of the Open Location Code project, by its specification
        ("7FG49Q00+", 0, 0),
        ("7FG49QCJ+2V", 20.3700625, 2.7821875),
        ("7FG49QCJ+2VX", 20.3701125, 2.782234375),
        ("7FG49QCJ+2VXGJ", 20.3701135, 2.78223535156),
        ("8FVC2222+22", 47.0000625, 8.0000625),
        ("4VCPPQGP+Q9", -41.2730625, 174.7859375),
    ],
)
def test_plus_codes(code: str, lat: float, lon: float) -> None:
    if code.endswith("+"):
        with pytest.raises(ValueError, match="not a full plus code"):
            decode_plus_code(code)
        return
    assert decode_plus_code(code) == pytest.approx((lat, lon), abs=1e-6)


def test_a_plus_code_may_have_words_beside_it() -> None:
    place = typed_place("7PH8W8J9+4V gần đình")
    assert place is not None
    assert place.words == "gần đình"
