"""Who is on stage when cases are played, and cases reported before the page begins."""

from __future__ import annotations

from datetime import datetime

from bot.handlers.case_clock import CaseClock
from storage.access import Role
from tests.transcripts.conftest import Play

OFFICE, COMMUNE = "Văn phòng HĐND và UBND", "Xã Hà Đông"


async def settle(play: Play) -> None:
    """Hạnh handles cases in the office, Minh leads the commune; ticks wake the clock of cases."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hạnh", OFFICE, Role.HANDLER)
    await play.registers("Minh", COMMUNE, Role.LEADER)
    app, world = play.world.app, play.world
    clock = CaseClock(store=app.store, ids=world.ids, seal=app.receiver.seal, clock=app.clock)
    earlier = world.clock_to

    async def clock_to(at: datetime) -> None:
        await earlier(at)
        await clock.once()

    world.clock_to = clock_to  # type: ignore[method-assign]  # ticks of reports and of cases in one


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
