"""`predictor completion`."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: eval "$(predictor completion bash)"          in ~/.bashrc
    zsh:  eval "$(predictor completion zsh)"           in ~/.zshrc
    fish: predictor completion fish | source           in ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click knows all three
    click.echo(kind(context.find_root().command, {}, "predictor", "_PREDICTOR_COMPLETE").source())
