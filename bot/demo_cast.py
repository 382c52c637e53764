"""The people and places of the demonstration: all invented, named after vegetables and weather so that nobody is meant."""

from __future__ import annotations

from dataclasses import dataclass

PLAN = "ha-dong"
COMMUNE = "xa-ha-dong"


@dataclass(frozen=True)
class Village:
    """An invented village, its households, and who reports for it."""

    code: str
    name: str
    households: int
    head: str


VILLAGES = (
    Village("thon-lua-vang", "Thôn Lúa Vàng", 212, "Trần Thị Lúa"),
    Village("thon-ben-may", "Thôn Bến Mây", 148, "Nguyễn Văn Ngô"),
    Village("thon-doi-sim", "Thôn Đồi Sim", 176, "Lê Thị Khoai"),
    Village("thon-cau-vong", "Thôn Cầu Vồng", 231, "Phạm Văn Sắn"),
    Village("thon-suoi-ngoc", "Thôn Suối Ngọc", 119, "Hoàng Thị Đỗ"),
    Village("thon-tre-xanh", "Thôn Tre Xanh", 188, "Vũ Văn Mướp"),
    Village("thon-sen-hong", "Thôn Sen Hồng", 204, "Đặng Thị Bí"),
    Village("thon-gio-dong", "Thôn Gió Đồng", 163, "Bùi Văn Cà"),
    Village("thon-nang-moi", "Thôn Nắng Mới", 97, "Đỗ Thị Hành"),
    Village("thon-cau-trang", "Thôn Cau Trắng", 142, "Ngô Văn Tỏi"),
    Village("thon-buoi-do", "Thôn Bưởi Đỏ", 255, "Dương Thị Gừng"),
    Village("thon-sao-mai", "Thôn Sao Mai", 134, "Lý Văn Riềng"),
)

SCHOOLS = (
    ("truong-hoa-nang", "Trường Tiểu học Hoa Nắng", "Mai Thị Cải"),
    ("truong-may-trang", "Trường THCS Mây Trắng", "Hồ Văn Su"),
)

POLICE = ("cong-an-xa", "Công an xã", "Đinh Văn Ớt")
"""The plan names no police; an office that has one adds it, and sends it the burning of straw."""

OFFICIALS = (
    # unit of the plan, role, person
    ("van-phong", "admin", "Trịnh Thị Sả"),
    (COMMUNE, "leader", "Phan Văn Nghệ"),
    ("hoi-phu-nu", "reporter", "Chu Thị Mùi"),
    ("doan-thanh-nien", "reporter", "Tạ Văn Húng"),
    ("hoi-nong-dan", "reporter", "Lương Văn Bầu"),
    ("hoi-cuu-chien-binh", "reporter", "Cao Văn Mía"),
    ("phong-kinh-te", "reporter", "Quách Thị Dưa"),
    ("phong-van-hoa-xa-hoi", "reporter", "Kiều Văn Rau"),
)

CITIZENS = ("Người dân Ổi", "Người dân Mít", "Người dân Xoài", "Người dân Na", "Người dân Chuối")

DUE_DAYS = {"half_year": {"on": "06-20", "at": "17:00"}, "year": {"on": "12-20", "at": "17:00"}}
"""What the invented office set for the plan's duty, which names no day itself."""

DUTY = "bao-cao-dinh-ky"

CAMPAIGNS = (
    # movement of the plan, who posts, what was done, measures with (least, most)
    ("ngay-chu-nhat-xanh", "hoi-phu-nu", "dọn đường thôn và gom rác", {"participants": (25, 80), "road_km": (1, 4), "waste_kg": (150, 900)}),
    ("thu-bay-tinh-nguyen", "doan-thanh-nien", "nạo vét mương, trồng cây", {"participants": (15, 45), "trees": (20, 120)}),
    ("nam-khong-ba-sach", "hoi-phu-nu", "đến từng nhà hướng dẫn phân loại rác", {"households": (20, 90), "participants": (8, 20)}),
    ("tuyen-duong-tu-quan", "hoi-cuu-chien-binh", "phát quang, quét dọn tuyến đường tự quản", {"participants": (12, 30), "road_km": (1, 3)}),
    ("ra-quan-ve-sinh", "thon", "ra quân vệ sinh nhà văn hóa và kênh mương", {"participants": (30, 110), "bags": (20, 90)}),
)  # fmt: skip

CASES = (
    # kind, what a citizen wrote, place, how far it went
    ("dot-rom-ra", "Đốt rơm ngay sau nhà văn hóa, khói mù cả đường, trẻ con ho nhiều.", "cánh đồng sau nhà văn hóa thôn Bến Mây", "confirmed"),
    ("do-rac-bua-bai", "Có người chở phế thải xây dựng đổ trộm ở chân cầu lúc sáng sớm.", "chân cầu thôn Cầu Vồng", "resolved"),
    ("xa-nuoc-thai-ao-ho", "Nước ao chuyển đen, cá nổi, mùi rất nặng từ hôm qua.", "ao làng thôn Sen Hồng", "in_progress"),
    ("chat-thai-chan-nuoi", "Mùi phân chuồng bay cả xóm, chiều nào cũng phải đóng cửa.", "xóm cuối thôn Gió Đồng", "accepted"),
    ("tieng-on-co-so", "Xưởng xẻ gỗ chạy máy đến 22 giờ, người già không ngủ được.", "xưởng gỗ đầu thôn Tre Xanh", "resolved"),
    ("dot-rom-ra", "Khói rơm che hết mặt đường, xe máy đi không thấy gì.", "đường ra đồng thôn Lúa Vàng", "received"),
    ("khi-thai-co-so", "Lò sấy thải khói đen, quần áo phơi ám bụi.", "lò sấy thôn Đồi Sim", "received"),
)  # fmt: skip

DIFFICULTIES = (
    ("thon-nang-moi", "Thôn chưa có điểm tập kết rác, xe thu gom chỉ vào đầu ngõ.", "Xin xã bố trí hai thùng lớn ở nhà văn hóa."),
    ("thon-doi-sim", "Người lớn tuổi quen bỏ chung rác, cần tờ hướng dẫn có hình.", "Xin in 200 tờ hướng dẫn phân loại."),
    ("hoi-phu-nu", "Thiếu kinh phí mua làn đi chợ thay túi ni lông.", None),
)  # fmt: skip

REMARKS = (
    "Bà con hưởng ứng tốt, còn vài hộ ở xa chưa quen.",
    "Kỳ này mưa nhiều nên thu gom chậm hơn.",
    "Chi hội phụ nữ đến từng nhà nhắc phân loại.",
    "Đã nhắc các hộ không đốt rơm sau vụ gặt.",
)
