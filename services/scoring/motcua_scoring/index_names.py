"""The nine indices' names."""

from __future__ import annotations

from collections.abc import Mapping

from .rulebook_texts import Text

INDEX_NAMES: Mapping[int, Text] = {
    1: Text(vi="Thời gian giải quyết so với quy định", en="Total resolution time"),
    2: Text(vi="Thời gian của từng cơ quan tham gia", en="Time of each participating agency"),
    3: Text(vi="Số lần liên hệ với nơi tiếp nhận", en="Contacts with the place of reception"),
    4: Text(vi="Số cơ quan phải liên hệ", en="Bodies the applicant had to contact"),
    5: Text(vi="Giải quyết tại Bộ phận Một cửa", en="Organised at the one-stop unit"),
    6: Text(vi="Công khai thủ tục hành chính", en="Publicity of procedures"),
    7: Text(vi="Thái độ của cán bộ, công chức", en="Attitude of officials"),
    8: Text(vi="Trả lời phản ánh, kiến nghị", en="Answering feedback"),
    9: Text(vi="Dịch vụ công trực tuyến", en="Online services"),
}
