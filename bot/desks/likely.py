"""The desk of the offer: which two or three things fit, and the chosen one opened with the same words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desks.base import At, Desk, Done, Sorry
from bot.flows.form import Form, Keep, Look, Open, Receipt, Session
from bot.flows.likely import LikelyBrief, likely, offers

LOOKS = frozenset({"progress", "human"})


async def prepare(at: At, args: Mapping[str, str]) -> LikelyBrief | Sorry:
    """What to offer. The words and photos come with the act, see `bot/handlers/speak.py`."""
    reporter = bool(at.who.roles) or at.who.group_unit is not None
    photo = bool(args.get("photo"))
    return LikelyBrief(
        words=args.get("words", ""),
        offers=offers(args.get("kind", ""), reporter=reporter, photo=photo),
        photos=int(photo),
    )


async def submit(at: At, form: Form[LikelyBrief], session: Session) -> Done | Sorry:
    """Open what was chosen, with the words and every photo of the post."""
    chosen = form.get("flow")
    photos = tuple(form.get("~photos") or ())
    words = form.brief.words
    if chosen in LOOKS:
        kept = (Keep(words, chosen),) if words else ()
        return Done(Receipt(), acts=(*kept, Look(chosen)))
    return Done(Receipt(), acts=(Open(chosen, {}, words, photos),))


desk = Desk(flow=likely, prepares=prepare, submits=submit)
