"""Options and arguments that several commands share."""

from pathlib import Path

import click

inputs_argument = click.argument(
    "inputs", nargs=-1, required=True, metavar="INPUT...", type=click.Path(allow_dash=True)
)
map_option = click.option(
    "--map",
    "map_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Read tables of no known format by this map (TOML): which column is the time, the actor, ... Repeatable. See docs/maps.md.",
)
