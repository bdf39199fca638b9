"""The command line `phusong`.

Every command is a thin door: it reads options, calls one workflow and prints. Modules here import only light things at
the top; workflows, SQLAlchemy, numba and the like are imported inside the functions, so that `phusong --help` and
`phusong db start` stay fast.

To add a group, write a module with `app = typer.Typer(...)` and register it below with `add_typer`.
"""

from __future__ import annotations

import typer

from api.cli import answers, cache, calibrate, db, demo, operators, radio, targets
from api.cli.assess import assess
from api.cli.group import PhusongGroup
from api.cli.import_ import import_
from api.cli.map import map_
from api.cli.places import places
from api.cli.serve import serve
from api.cli.status import status
from api.cli.up import up

app = typer.Typer(
    name="phusong",
    cls=PhusongGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main() -> None:
    """Phủ sóng: mobile and fibre coverage of a province.

    Exit codes: 0 done, 1 a check failed, 2 bad input, 3 not ready.
    """


app.command("serve")(serve)
app.command("status")(status)
app.command("import")(import_)
app.command("assess")(assess)
app.command("coverage")(answers.coverage)
app.command("point")(answers.point)
app.command("villages")(answers.villages)
app.command("gaps")(answers.gaps)
app.command("fibre")(answers.fibre)
app.command("places")(places)
app.command("map")(map_)
app.command("up")(up)
app.add_typer(calibrate.app, name="calibrate")
app.add_typer(db.app, name="db")
app.add_typer(cache.app, name="cache")
app.add_typer(demo.app, name="demo")
app.add_typer(operators.app, name="operators")
app.add_typer(targets.app, name="targets")
app.add_typer(targets.baseline_app, name="baseline")
app.add_typer(radio.app, name="radio")
