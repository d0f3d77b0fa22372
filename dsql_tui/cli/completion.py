"""`dsql-tui completion`: print a script for completion in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dsql_tui.cli.shared.lazy import PROGRAM

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_DSQL_TUI_COMPLETE"
"""What the script sets when it asks this program for completions; click derives it so."""
_BASH = """\
%(complete_func)s() {
    # Bash also splits words at @, = and :, and replaces the last part alone. The words are joined
    # again for the question, and what bash keeps is taken off the answers.
    local IFS=$'\\n' rest=${COMP_LINE:0:COMP_POINT} words=() last=-1 word breaks= kept= type value
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if ((last < 0)) || [[ $rest == [[:space:]]* ]]; then
            words[++last]=
            rest=${rest#"${rest%%%%[![:space:]]*}"}
        fi
        [[ $rest == "$word"* ]] || word=$rest
        words[last]+=$word
        rest=${rest#"$word"}
    done
    for word in @ = :; do
        [[ $COMP_WORDBREAKS == *"$word"* ]] && breaks+=$word
    done
    word=${words[last]}
    [[ -n $breaks ]] && kept=${word%%"${word##*[$breaks]}"}
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("${value#"$kept"}") ;;
        esac
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$last %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""
"""Click's own script completes neither `name@region` nor `--option=value`, and expands `*`."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and names in SHELL: bash, zsh or fish.

    Clusters, roles and tables come from a file that the console and commands such as `clusters
    list` and `roles` write with what they have read. Completing never connects.

    Examples:
      source <(dsql-tui completion bash)
      dsql-tui completion zsh > ~/.zfunc/_dsql-tui
      dsql-tui completion fish > ~/.config/fish/completions/dsql-tui.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click has no completion for {shell}.")
    complete = kind(ctx.find_root().command, {}, PROGRAM, VARIABLE)
    template = _BASH if shell == "bash" else complete.source_template
    click.echo(template % complete.source_vars())
