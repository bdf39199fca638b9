"""A wrong command line is told in Vietnamese too."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from api.cli import app


@pytest.mark.parametrize(
    ("arguments", "vietnamese"),
    [
        (["villages", "--status", "foo"], "giá trị của '--status' không hợp lệ: 'foo' không thuộc các giá trị"),
        (["point", "--lon", "1000", "--lat", "12"], "giá trị của '--lon' không hợp lệ: phải nhỏ hơn hoặc bằng 180"),
        (["map"], "thiếu tùy chọn '--out'"),
        (["foo"], "không có lệnh 'foo'."),
        (["map", "--nope"], "không có tùy chọn --nope. Xem `phusong map --help`."),
        (["calibrate", "show", "--name", "x"], "không có tùy chọn --name. Xem `phusong calibrate show --help`."),
        (["villages", "--nam", "x"], "không có tùy chọn --nam (có thể là: --name). Xem"),
        (["villages", "--name"], "tùy chọn '--name' cần một giá trị. Xem `phusong villages --help`."),
        (["villages", "--json=1"], "tùy chọn '--json' không nhận giá trị. Xem `phusong villages --help`."),
        (["villages", "more"], "thừa tham số (more). Xem `phusong villages --help`."),
        (["point", "--lon", "x", "--lat", "1"], "giá trị của '--lon' không hợp lệ: phải là số. Xem"),
        (["villages", "--assessment", "x"], "giá trị của '--assessment' không hợp lệ: phải là số nguyên. Xem"),
        (["import"], "Chọn một trong: boundaries, villages, sites,"),
    ],
)
def test_wrong_options(arguments: list[str], vietnamese: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    told = result.stderr.splitlines()[0]
    assert vietnamese in told
    assert "Value error" not in result.stderr
    for line in told, result.stderr.splitlines()[1]:
        assert re.search(r"[^.]\. (See|Xem) `phusong[a-z -]*--help`\.$", line)


def test_an_empty_name_is_no_folder() -> None:
    result = CliRunner().invoke(app, ["import", "sites", ""])
    assert result.exit_code == 2
    assert "Tên tệp trống." in result.stderr
    assert "The name of a file is empty." in result.stderr


@pytest.mark.parametrize(("level", "code"), [("xx", 2), ("debug", 0)])
def test_a_level_of_the_log_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, level: str, code: int) -> None:
    monkeypatch.setenv("PHUSONG_LOG_LEVEL", level)
    result = CliRunner().invoke(app, ["radio", "tiers"])
    assert result.exit_code == code
    assert ("PHUSONG_LOG_LEVEL" in result.stderr) is (code == 2)
