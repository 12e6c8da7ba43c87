"""`predictor doctor`."""

import logging
import sys

import click

from predictor_cli.service import FAILED

# Connecting gives up after ten seconds, and says why then; importing torch on a busy machine takes about as long.
_PATIENCE_SECONDS = 15.0


@click.command()
def doctor() -> None:
    """Look at everything that the service of these settings needs, here and without it: a line for each part.

    The exit code is 1 when something is wrong. It makes and changes nothing, and ends within 15 seconds.
    """
    from entrypoints.commands.checks import checks
    from entrypoints.commands.checkup import examine
    from entrypoints.settings import InvalidSettings, Settings

    try:
        settings = Settings.load()
    except InvalidSettings as error:
        click.echo(_line("settings", str(error), is_well=False))
        sys.exit(FAILED)
    # What it logs about a broker that is away is in our line.
    logging.getLogger("pika").addHandler(logging.NullHandler())
    logging.getLogger("pika").propagate = False
    sick = 0
    for finding in examine(checks(settings), _PATIENCE_SECONDS):
        click.echo(_line(finding.name, finding.text, finding.is_well))
        sick += not finding.is_well
    sys.exit(FAILED if sick else 0)


def _line(name: str, text: str, is_well: bool) -> str:
    return f"{name:<12} {'ok' if is_well else 'problem':<8} {text}"
