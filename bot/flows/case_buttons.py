"""Which deeds are offered under a case: what its state and the person's rights both allow."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.events import Button
from bot.flows.case_verbs import button
from plans.handling import OVER, CaseState, CaseStep, after

STEP_OF: Mapping[str, CaseStep] = {
    "take": CaseStep.ACCEPT,
    "start": CaseStep.START,
    "give": CaseStep.ASSIGN,
    "ask": CaseStep.ASK,
    "done": CaseStep.RESOLVE,
    "refuse": CaseStep.REJECT,
    "confirm": CaseStep.CONFIRM,
    "unconfirm": CaseStep.UNCONFIRM,
    "merge": CaseStep.MERGE,
    "split": CaseStep.SPLIT,
    "reopen": CaseStep.REOPEN,
    "fixed": CaseStep.FIXED,
    "unfixed": CaseStep.NOT_FIXED,
    "answer": CaseStep.ANSWER,
    "appeal": CaseStep.APPEAL,
}
"""The step that a deed takes; deeds that are not here leave the state alone."""

_FIRST = ("release", "take", "done", "ask", "give", "refuse", "reopen", "split")
_RARE = ("start", "confirm", "unconfirm", "merge", "urgent", "calm", "unseal", "block", "lift")
_CITIZEN = ("fixed", "unfixed", "answer", "appeal", "more")


def can(deed: str, state: CaseState) -> bool:
    """Whether a deed is possible in this state at all."""
    step = STEP_OF.get(deed)
    if step is not None:
        return after(state, step) is not None
    return state not in OVER if deed in ("urgent", "calm", "more") else True


def first(code: str, state: CaseState, may: Collection[str]) -> tuple[Button, ...]:
    """What is done with most cases, then the way to everything else."""
    shown = [button(deed, code, state.value) for deed in _FIRST if deed in may and can(deed, state)]
    if rare(code, state, may):
        shown.append(
            Button(label="Việc khác", token=f"look.case_more.{code}", says=f"việc khác {code}")
        )
    return tuple(shown)


def rare(code: str, state: CaseState, may: Collection[str]) -> tuple[Button, ...]:
    """What is done now and then."""
    return tuple(
        button(deed, code, state.value) for deed in _RARE if deed in may and can(deed, state)
    )


def of_citizen(code: str, state: CaseState) -> tuple[Button, ...]:
    """What whoever reported it may say now. Their answers hold whenever they are tapped."""
    labels = {"unfixed": "Chưa xong" if state is CaseState.CLOSED else ""}
    return tuple(
        button(
            deed, code, state.value if deed in ("answer", "appeal") else "", labels.get(deed, "")
        )
        for deed in _CITIZEN
        if can(deed, state)
    )
