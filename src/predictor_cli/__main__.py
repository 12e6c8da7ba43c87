"""Command line of the client alone: `python -m predictor_cli`."""

import click

from predictor_cli.commands import COMMANDS
from predictor_cli.service import EXIT_CODES


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
def main() -> None:
    """Classify pictures with a running service."""


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m predictor_cli")
