"""`predictor webhook-secret`."""

import click

from domain.access.owner import Owner
from entrypoints.commands.failures import load_settings, one_line_errors
from predictor_cli.service import FAILED, exit_with


@click.command("webhook-secret")
@click.argument("owner")
def webhook_secret(owner: str) -> None:
    """Print the secret with which the webhooks of OWNER are signed.

    It is derived from PREDICTOR_WEBHOOK_SECRETS, one line for each of those, in their order. That of the owner
    `default` is the service's own. Give it to OWNER and to nobody else.
    """
    settings = load_settings()
    if not settings.sends_webhooks:
        exit_with("PREDICTOR_WEBHOOK_SECRETS is not set, so webhooks are off.", FAILED)
    with one_line_errors():
        known = Owner(owner)
    for secret in settings.webhook_keys:
        click.echo(secret.of_owner(known).text())
