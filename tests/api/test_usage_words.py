"""A wrong command line is told in Vietnamese too."""

from __future__ import annotations

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
        (["map", "--nope"], "không có tùy chọn"),
    ],
)
def test_wrong_options(arguments: list[str], vietnamese: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    told = result.stderr.splitlines()[0]
    assert vietnamese in told
    assert "Value error" not in result.stderr
