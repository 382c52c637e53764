"""What states, steps and roles are called on the office's pages, and how days are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from plans.calendar import local_time
from plans.handling import CaseState, CaseStep

OTHER_KIND = "Việc khác"
CITIZEN = "người dân"
"""How a reporter is called who is not to be named."""

STATES: Mapping[CaseState, str] = {
    CaseState.RECEIVED: "mới nhận",
    CaseState.ACCEPTED: "đã nhận xử lý",
    CaseState.ASSIGNED: "đã giao đơn vị",
    CaseState.IN_PROGRESS: "đang xử lý",
    CaseState.NEEDS_INFORMATION: "chờ người dân trả lời",
    CaseState.RESOLVED: "đã xử lý, chờ người dân xác nhận",
    CaseState.CLOSED: "đã đóng",
    CaseState.REOPENED: "mở lại",
    CaseState.REJECTED: "không thụ lý",
    CaseState.PASSED_ON: "đã chuyển cơ quan khác",
    CaseState.MERGED: "đã gộp với phản ánh trùng",
}

STEPS: Mapping[CaseStep, str] = {
    CaseStep.OPEN: "Nhận phản ánh",
    CaseStep.ACCEPT: "Nhận xử lý",
    CaseStep.ASSIGN: "Giao đơn vị xử lý",
    CaseStep.START: "Bắt đầu xử lý",
    CaseStep.ASK: "Hỏi thêm người dân",
    CaseStep.ANSWER: "Người dân trả lời",
    CaseStep.RESOLVE: "Báo đã xử lý xong",
    CaseStep.FIXED: "Người dân xác nhận đã xong",
    CaseStep.NOT_FIXED: "Người dân báo chưa xong",
    CaseStep.CLOSE_UNANSWERED: "Đóng vì người dân chưa trả lời",
    CaseStep.REJECT: "Không thụ lý",
    CaseStep.APPEAL: "Người dân đề nghị xem lại",
    CaseStep.PASS_ON: "Chuyển cơ quan khác",
    CaseStep.MERGE: "Gộp với phản ánh trùng",
    CaseStep.SPLIT: "Tách ra",
    CaseStep.REOPEN: "Mở lại",
    CaseStep.CONFIRM: "Xác minh là đúng",
    CaseStep.UNCONFIRM: "Bỏ xác minh",
    CaseStep.NOTE: "Ghi chú",
}


def shown_day(day: date) -> str:
    """A day as people write it: "8/6/2026"."""
    return f"{day.day}/{day.month}/{day.year}"


def shown_moment(at: datetime) -> str:
    """A moment in Vietnam: "09:05, 8/6/2026"."""
    local = local_time(at)
    return f"{local:%H:%M}, {shown_day(local.date())}"


def shown_share(part: int, whole: int) -> str:
    """A share in whole percent, "—" where there is nothing to share."""
    return "—" if not whole else f"{round(100 * part / whole)}%"
