"""Cases reported before the page begins."""

from __future__ import annotations

from tests.transcripts.conftest import Play


async def says(play: Play, who: str, *lines: str) -> None:
    """Play one person's lines, without comparing what is shown; codes are numbered all the same."""
    for line in lines:
        act = play.chat._act(f"{who}: {line}")
        assert act is not None
        await act()
        for heard in await play.stage.settle():
            play.chat._shown(heard, who)


async def dumping(play: Play, who: str, *, named: str = "[Để tên]") -> None:
    """Somebody reports rubble dumped beside the school: no picture, last night."""
    await says(
        play,
        who,
        "phản ánh",
        "đổ rác, phế thải sai chỗ",
        "có xe ba gác đổ trộm phế thải cạnh trường mầm non",
        "(vị trí 20.9400, 106.3300)",
        "bỏ qua",
        "tối qua",
        named,
        "[Gửi]",
    )
