"""`python -m api.cli` is the same as `phusong`."""

from api.cli import app

app(prog_name="phusong")
