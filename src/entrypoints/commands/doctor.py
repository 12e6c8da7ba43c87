"""`predictor doctor`."""

import logging
import sys

import click

from predictor_cli.service import FAILED

# A connection attempt fails with its reason after ten seconds; importing torch on a busy machine takes about as long.
_TIMEOUT_SECONDS = 15.0


@click.command()
def doctor() -> None:
    """Check everything that the service needs.

    It prints a line for each part that these settings need; the service need not run. The exit code is 1 if a check
    fails. Nothing is created or changed, and the command ends within 15 seconds.
    """
    from entrypoints.commands.check_runner import run_checks
    from entrypoints.commands.checks import checks
    from entrypoints.settings import InvalidSettings, Settings

    try:
        settings = Settings.load()
    except InvalidSettings as error:
        click.echo(_line("settings", str(error), passed=False))
        sys.exit(FAILED)
    # pika logs connection problems, too, and they are in the broker's line already.
    logging.getLogger("pika").addHandler(logging.NullHandler())
    logging.getLogger("pika").propagate = False
    failed = 0
    for result in run_checks(checks(settings), _TIMEOUT_SECONDS):
        click.echo(_line(result.name, result.text, result.passed))
        failed += not result.passed
    sys.exit(FAILED if failed else 0)


def _line(name: str, text: str, passed: bool) -> str:
    return f"{name:<12} {'ok' if passed else 'problem':<8} {text}"
