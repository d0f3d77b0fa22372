"""`dsql-tui completion`: print a script for completion in a shell."""

from __future__ import annotations

import click

_BASH = r"""_dsql_tui_completion() {
    # Bash also splits words at @, = and :, and replaces the last part alone. So they are joined
    # again, and what bash keeps is removed from each completion.
    local IFS=$'\n' rest=${COMP_LINE:0:COMP_POINT} words=() last=-1 word breaks= kept= type value
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if ((last < 0)) || [[ $rest == [[:space:]]* ]]; then
            words[++last]=
            rest=${rest#"${rest%%[![:space:]]*}"}
        fi
        [[ $rest == "$word"* ]] || word=$rest
        words[last]+=$word
        rest=${rest#"$word"}
    done
    for word in @ = :; do
        [[ $COMP_WORDBREAKS == *"$word"* ]] && breaks+=$word
    done
    word=${words[last]}
    [[ -n $breaks ]] && kept=${word%"${word##*[$breaks]}"}
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("${value#"$kept"}") ;;
        esac
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$last _DSQL_TUI_COMPLETE=bash_complete "$1")
}

complete -o nosort -F _dsql_tui_completion dsql-tui 2>/dev/null ||
    complete -F _dsql_tui_completion dsql-tui
"""
"""Click's own script completes neither `name@region` nor `--option=value`, and expands `*`."""
_ZSH = r"""#compdef dsql-tui

_dsql_tui_completion() {
    local type value help
    local -a answers names described
    answers=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _DSQL_TUI_COMPLETE=zsh_complete dsql-tui)}")
    # What is before the value of --option=value stays as it is.
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    for type value help in "${(@)answers}"; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $help == _ ]]; then
                    names+=("$value")
                else
                    described+=("${value//:/\\:}:$help")
                fi ;;
        esac
    done
    (($#described)) && _describe -V unsorted described -U -i "$IPREFIX"
    (($#names)) && compadd -U -i "$IPREFIX" -V unsorted -a names
}

# From a folder of $fpath this file is the body of a function, at the first call and later.
if [[ $zsh_eval_context[-1] == (loadautofunc|shfunc) ]]; then
    _dsql_tui_completion "$@"
else
    compdef _dsql_tui_completion dsql-tui
fi
"""
"""Click's own script replaces all of `--option=value` by the value, and an autoloaded one completes
only every other time."""
_FISH = r"""function _dsql_tui_completion;
    # What is before the value of --option=value belongs to each completion of it.
    set -l word (commandline -t | string collect --allow-empty)
    set -l kept (string match -r -- '^--[^=]+=' $word | string collect --allow-empty)
    set -l value (string replace -- "$kept" '' $word | string collect --allow-empty)
    for answer in (env COMP_WORDS=(commandline -cp | string collect) COMP_CWORD=$word \
            _DSQL_TUI_COMPLETE=fish_complete dsql-tui)
        set -l parts (string split -m 1 , -- $answer)
        switch $parts[1]
            case dir
                string replace -r '^' -- "$kept" (__fish_complete_directories $value)
            case file
                # Fish completes files for a command that it does not know.
                string replace -r '^' -- "$kept" (complete -C "_dsql_tui_file $value")
            case plain
                echo -- "$kept$parts[2]"
        end
    end
end

complete --no-files --command dsql-tui --arguments '(_dsql_tui_completion)'
"""
"""Click's own script completes neither `--option=value` nor `~/file`, and cuts help at a comma."""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(SCRIPTS)), metavar="SHELL")
def command(shell: str) -> None:
    """Print a script that completes commands, options and names in SHELL: bash, zsh or fish.

    Clusters, roles and tables come from a file that the console and commands such as `clusters
    list` and `roles` write with what they have read. Completing never connects.

    Examples:
      source <(dsql-tui completion bash)
      dsql-tui completion zsh > ~/.zfunc/_dsql-tui
      dsql-tui completion fish > ~/.config/fish/completions/dsql-tui.fish
    """
    click.echo(SCRIPTS[shell], nl=False)
