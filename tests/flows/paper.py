"""A form on paper: plays said things against one flow, writing the session out and reading it back each turn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from bot import conversation
from bot.events import Photo, Place, Reply, Said, Tap, Text
from bot.flows.form import Act, Flow, Moment, Receipt, Session
from bot.flows.questions import Question

TODAY = date(2026, 6, 8)
MOMENT = Moment(datetime(2026, 6, 8, 2, 0, tzinfo=UTC), TODAY)


class Empty(msgspec.Struct, frozen=True):
    """A brief that says nothing."""


def flow_of(*questions: Question, **more: Any) -> Flow[Any]:
    """A flow that asks these questions."""
    return Flow(
        name="paper",
        title="Phiếu thử",
        brief=Empty,
        asks=lambda form: questions,
        says=lambda form, receipt: (Reply(words="Xong ạ."),),
        **more,
    )


class Paper:
    """One person with one open form."""

    def __init__(self, flow: Flow[Any], brief: Any = None, said: str = "") -> None:
        self.flow = flow
        brief = brief if brief is not None else Empty()
        self.session: Session | None = Session(
            id=7, person_id=1, room="", flow=flow.name, brief=brief, answers={}
        )
        self.acts: tuple[Act, ...] = ()
        turn = conversation.begin(flow, self.session, MOMENT, said)
        self.replies: tuple[Reply, ...] = turn.replies
        self.session = turn.session
        self.acts = turn.acts

    def says(self, words: str) -> str:
        """Type words; returns what the bot answers."""
        return self.hears(Text(words))

    def taps(self, label: str) -> str:
        """Tap a button of the last reply by its label."""
        buttons = {button.label: button for button in self.replies[-1].buttons}
        assert label in buttons, f"no button {label!r} among {list(buttons)}"
        return self.hears(Tap(buttons[label].token))

    def sends_photo(self, media: int, caption: str = "") -> str:
        """Send one picture."""
        return self.hears(Photo(ref=f"p{media}", caption=caption, media=media))

    def pins(self, lat: float, lon: float) -> str:
        """Send a pin."""
        return self.hears(Place(lat, lon))

    def hears(self, said: Said) -> str:
        """Let the form answer, after a restart of the program."""
        assert self.session is not None
        self._restart()
        turn = conversation.advance(self.flow, self.session, said, MOMENT)
        self.replies, self.session, self.acts = turn.replies, turn.session, turn.acts
        return "\n".join(reply.words for reply in turn.replies)

    def _restart(self) -> None:
        assert self.session is not None
        brief = msgspec.json.decode(msgspec.json.encode(self.session.brief), type=self.flow.brief)
        answers = msgspec.json.decode(msgspec.json.encode(self.session.answers))
        self.session = msgspec.structs.replace(self.session, brief=brief, answers=answers)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers so far, without private notes."""
        assert self.session is not None
        return {k: v for k, v in self.session.answers.items() if not k.startswith("~")}

    @property
    def labels(self) -> list[str]:
        """The buttons under the last reply."""
        return [button.label for button in self.replies[-1].buttons] if self.replies else []


RECEIPT = Receipt(code="BC-7F3K")
