"""People chat through the page in a real Chromium, phone-sized, and on the worst of days too."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from bot.events import Photo, Place, Tap, Text
from tests.browser.conftest import PHONE, OpenPage, a_phone
from tests.channels.echo_desk import EchoDesk

pytestmark = pytest.mark.browser

SMALL = (320, 568)
DESK = (1280, 800)
GREETING = "Chào anh/chị! Em là Sổ Xanh"


def photo(name: str = "anh.jpg", colour: str = "orange") -> Any:
    """A photo as Playwright hands it to a file input."""
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), colour).save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def words(page: Page) -> Locator:
    return page.get_by_label("Tin nhắn của anh/chị")


async def say(page: Page, text: str) -> None:
    await words(page).fill(text)
    await page.get_by_role("button", name="Gửi", exact=True).click()


async def bubbles(page: Page) -> list[str]:
    return [text.strip() for text in await page.locator("#log .bubble").all_inner_texts()]


def said(desk: EchoDesk) -> list[Any]:
    return [incoming.said for incoming in desk.taken]


async def test_a_citizen_reports_on_a_phone_and_finds_it_all_again(
    page: Page, echo: EchoDesk, tmp_path: Path
) -> None:
    """The whole way: greeting, a button, a pin, words, photos, reload; and the page looks like a page."""
    await expect(page.get_by_text(GREETING)).to_be_visible()
    await page.get_by_role("button", name="Phản ánh ô nhiễm").click()
    await page.get_by_role("button", name="Chọn vị trí trên bản đồ").click()
    await page.get_by_role("button", name="Dùng vị trí của tôi").click()
    await page.get_by_role("button", name="Gửi vị trí này").click()
    await expect(page.get_by_text("Em ghi vị trí 20.93120, 106.31810")).to_be_visible()
    await say(page, "Người ta đốt rơm sau đình")
    await expect(page.get_by_text("Em nhận được: Người ta đốt rơm")).to_be_visible()
    await page.locator("#gallery").set_input_files([photo("1.jpg"), photo("2.jpg", "navy")])
    await expect(page.get_by_alt_text("Ảnh 2")).to_be_visible()
    await say(page, "khói mù mịt")
    await expect(page.get_by_text("Em nhận được ảnh rồi ạ.")).to_have_count(2)
    before = await bubbles(page)
    assert await page.screenshot(path=tmp_path / "phone.png")
    await page.reload()
    await expect(page.get_by_text("Em nhận được ảnh rồi ạ.")).to_have_count(2)
    assert await bubbles(page) == before
    assert [type(one) for one in said(echo)] == [Text, Tap, Place, Text, Photo, Photo]
    assert said(echo)[2] == Place(20.9312, 106.3181)
    assert [one.caption for one in said(echo)[4:]] == ["khói mù mịt", ""]
    shot = Image.open(tmp_path / "phone.png").convert("RGB")
    assert shot.size == PHONE
    assert shot.getpixel((180, 6)) == (11, 93, 58)  # the green of the header


async def test_photos_are_seen_small_in_the_chat_and_large_on_a_tap(page: Page) -> None:
    await page.locator("#camera").set_input_files([photo()])
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("đã gửi").last).to_be_visible()
    await page.reload()
    picture = page.get_by_role("button", name="Ảnh anh/chị gửi, bấm để xem to")
    await expect(picture.locator("img")).to_have_js_property("naturalWidth", 320)
    await picture.click()
    large = page.get_by_role("dialog", name="Xem ảnh")
    await expect(large.locator("img")).to_have_js_property("naturalWidth", 1200)
    await page.keyboard.press("Escape")
    await expect(large).to_be_hidden()


async def test_a_photo_can_be_taken_back_before_it_is_sent(page: Page, echo: EchoDesk) -> None:
    await page.locator("#gallery").set_input_files([photo("1.jpg"), photo("2.jpg", "navy")])
    await page.get_by_role("button", name="Bỏ ảnh 1").click()
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("Em nhận được ảnh rồi ạ.")).to_have_count(1)
    assert [type(one) for one in said(echo)] == [Text, Photo]


async def test_something_else_than_a_photo_is_refused_kindly_and_the_words_are_kept(
    page: Page, echo: EchoDesk
) -> None:
    await page.locator("#gallery").set_input_files([photo() | {"buffer": b"%PDF-1.7"}])
    await say(page, "đây là giấy tờ")
    await expect(page.get_by_role("alert")).to_contain_text("Tệp này không phải ảnh")
    await expect(page.get_by_text("Em nhận được: đây là giấy tờ")).to_be_visible()
    assert said(echo) == [Text("/start"), Text("đây là giấy tờ")]


async def test_old_buttons_still_work_and_show_what_was_chosen(page: Page, echo: EchoDesk) -> None:
    await page.get_by_role("button", name="Phản ánh ô nhiễm").click()
    await expect(page.get_by_role("button", name="Bỏ qua")).to_be_visible()
    await page.get_by_role("button", name="Em làm được gì?").click()
    await expect(page.get_by_text("Anh/chị vừa bấm help.")).to_be_visible()
    await page.reload()
    await expect(page.locator(".me .bubble").last).to_have_text("Em làm được gì?")
    assert said(echo)[1:] == [Tap("open:violation"), Tap("help")]


async def test_a_double_tap_is_one_tap(page: Page, echo: EchoDesk) -> None:
    await page.get_by_role("button", name="Em làm được gì?").dblclick()
    await expect(page.get_by_text("Anh/chị vừa bấm help.")).to_have_count(1)
    await say(page, "sau đó")
    await expect(page.get_by_text("Em nhận được: sau đó")).to_be_visible()
    assert said(echo) == [Text("/start"), Tap("help"), Text("sau đó")]


# --- the worst of days -----------------------------------------------------------------------


async def test_without_a_connection_words_wait_and_go_by_themselves_once(
    page: Page, echo: EchoDesk
) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    await page.context.set_offline(True)
    await say(page, "một")
    await expect(page.get_by_role("status").first).to_contain_text("Mất mạng")
    await say(page, "hai")
    await expect(page.get_by_text("đang gửi…")).to_have_count(2)
    await page.context.set_offline(False)
    await expect(page.get_by_text("Em nhận được: hai")).to_be_visible()
    await expect(page.get_by_text("Mất mạng")).to_be_hidden()
    assert said(echo) == [Text("/start"), Text("một"), Text("hai")]


async def test_what_waits_survives_closing_the_page_photos_too(
    page: Page, open_page: OpenPage, echo: EchoDesk
) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    await page.context.set_offline(True)
    await say(page, "nhớ giúp em")
    await page.locator("#gallery").set_input_files([photo()])
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("đang gửi…")).to_have_count(2)
    context = page.context
    await page.close()
    await context.set_offline(False)
    again = await open_page(context=context)
    await expect(again.get_by_text("Em nhận được ảnh rồi ạ.")).to_be_visible()
    assert [type(one) for one in said(echo)] == [Text, Text, Photo]


async def test_an_answer_lost_on_the_way_changes_nothing(page: Page, echo: EchoDesk) -> None:
    """The server took the words but its receipt never arrived: the page sends again, the chat shows them once."""
    await expect(page.get_by_text(GREETING)).to_be_visible()
    lost = []

    async def lose_first(route: Any) -> None:
        if not lost:
            lost.append(await route.fetch())
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/chat/say", lose_first)
    await say(page, "chỉ một lần")
    await expect(page.get_by_text("đang gửi…")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_text("chỉ một lần", exact=True)).to_have_count(1)
    assert lost
    assert said(echo) == [Text("/start"), Text("chỉ một lần")]


async def test_when_the_server_is_in_trouble_the_page_says_so_and_goes_on(
    page: Page, echo: EchoDesk
) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    echo.broken = True
    await say(page, "kiên nhẫn")
    await expect(page.get_by_text("Em đang bận một chút")).to_be_visible()
    echo.broken = False
    await expect(page.get_by_text("Em nhận được: kiên nhẫn")).to_be_visible()


async def test_two_tabs_of_one_person_show_the_same_talk(page: Page, open_page: OpenPage) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    other = await open_page(context=page.context)
    await say(page, "từ thẻ này")
    await expect(other.get_by_text("Em nhận được: từ thẻ này")).to_be_visible()
    assert await bubbles(other) == await bubbles(page)


async def test_another_phone_sees_nothing_of_it(page: Page, open_page: OpenPage) -> None:
    await say(page, "riêng của tôi")
    await expect(page.get_by_text("Em nhận được: riêng của tôi")).to_be_visible()
    stranger = await open_page()
    await expect(stranger.get_by_text(GREETING)).to_be_visible()
    await expect(stranger.get_by_text("riêng của tôi")).to_have_count(0)


# --- codes -----------------------------------------------------------------------------------


async def test_a_village_head_enters_with_a_code(page: Page, echo: EchoDesk) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    await page.get_by_role("button", name="Mục khác").click()
    await page.get_by_role("button", name="Tôi có mã mời").click()
    code = page.get_by_role("textbox", name="Mã mời")
    await code.fill("??")
    await page.get_by_role("button", name="Vào").click()
    await expect(page.get_by_role("alert")).to_contain_text("Mã này chưa đúng")
    await code.fill("hd7k 3f9q")
    await page.get_by_role("button", name="Vào").click()
    await expect(page.get_by_text("Mã mời: HD••••")).to_be_visible()
    await expect(page.get_by_text(GREETING)).to_have_count(2)
    assert said(echo)[1:] == [Text("/start HD7K3F9Q")]


@pytest.mark.parametrize("path", ["?ma=HD7K3F9Q", "#ma=hd7k-3f9q"])
async def test_an_invitation_link_opens_with_its_code_and_only_once(
    open_page: OpenPage, echo: EchoDesk, path: str
) -> None:
    page = await open_page(path)
    await expect(page.get_by_text("Mã mời: HD••••")).to_be_visible()
    await expect(page.get_by_text(GREETING)).to_be_visible()
    assert "HD7K" not in page.url.upper()
    await page.reload()
    await expect(page.get_by_text(GREETING)).to_be_visible()
    assert said(echo) == [Text("/start HD7K3F9Q")]


# --- for every hand and eye ------------------------------------------------------------------


@pytest.mark.parametrize("size", [SMALL, PHONE, DESK])
async def test_the_page_fits_and_fingers_and_eyes_find_everything(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = await open_page(size=size)
    await expect(page.get_by_text(GREETING)).to_be_visible()
    await say(page, "một-từ-rất-dài-" * 30)
    await expect(page.get_by_text("Em nhận được: một-từ")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for button in await page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40, await button.inner_text()
    for part in (".bubble", ".choice", "#words"):
        font_px = await page.locator(part).first.evaluate(
            "e => parseFloat(getComputedStyle(e).fontSize)"
        )
        assert font_px >= 16, part


async def test_everything_can_be_done_by_keyboard(page: Page, echo: EchoDesk) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    choice = page.get_by_role("button", name="Em làm được gì?")
    await choice.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Anh/chị vừa bấm help.")).to_be_visible()
    opener = page.get_by_role("button", name="Mục khác")
    await opener.focus()
    await page.keyboard.press("Enter")
    menu = page.get_by_role("dialog", name="Mục khác")
    for _ in range(6):  # once around: the focus never leaves the sheet
        assert await menu.evaluate("sheet => sheet.contains(document.activeElement)")
        await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(opener).to_be_focused()
    await words(page).focus()
    await page.keyboard.type("bằng phím")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Em nhận được: bằng phím")).to_be_visible()
    assert said(echo) == [Text("/start"), Tap("help"), Text("bằng phím")]


async def test_a_screen_reader_hears_new_lines_and_who_speaks(page: Page) -> None:
    await expect(page.get_by_text(GREETING)).to_be_visible()
    log = page.get_by_role("log", name="Tin nhắn")
    assert await log.get_attribute("aria-live") == "polite"
    await say(page, "chào")
    await expect(page.get_by_text("Em nhận được: chào")).to_be_visible()
    lines = await log.locator(".line").all_text_contents()
    assert [line.partition(":")[0] for line in lines if line.strip()][-2:] == ["Anh/chị", "Sổ Xanh"]
    for button in await page.get_by_role("button").all():
        assert (await button.inner_text()).strip() or await button.get_attribute("aria-label")


async def test_words_can_be_made_larger_and_stay_so(page: Page) -> None:
    await page.get_by_role("button", name="Mục khác").click()
    await page.get_by_role("button", name="Chữ to").click()
    await page.reload()
    await expect(page.locator("html")).to_have_class("bigger")


async def test_where_the_phone_refuses_its_place_the_page_tells_another_way(
    open_page: OpenPage,
) -> None:
    page = await open_page(permissions=[])
    await page.get_by_role("button", name="Vị trí").click()
    await expect(page.get_by_role("button", name="Gửi vị trí này")).to_be_disabled()
    await page.get_by_role("button", name="Dùng vị trí của tôi").click()
    await expect(page.locator("#pin-words")).to_contain_text("gõ tên thôn")
    await expect(page.get_by_role("button", name="Gửi vị trí này")).to_be_disabled()


async def test_without_javascript_the_page_says_where_to_turn(
    chromium: Browser, base_url: str
) -> None:
    context = await a_phone(chromium, PHONE, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(base_url)
    await expect(page.locator("noscript p")).to_contain_text("cần bật JavaScript")
    await expect(page.locator("noscript p")).to_be_visible()
