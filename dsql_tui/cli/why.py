"""`dsql-tui why`: explain whether a role may do something, and which grant is missing."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.sessions import access_of, cluster_meant
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.cli.shared.values.options import ROLE_DEFAULT, cluster_argument
from dsql_tui.cli.shared.values.types import ARN, OBJECT, ROLE, SQL
from dsql_tui.errors import InputError
from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.access.why import (
    AccessAnswer,
    Use,
    UseKind,
    columns_of,
    explain_principal,
    explain_uses,
)
from dsql_tui.model.cells import inert
from dsql_tui.sql.access.grants import grant_for
from dsql_tui.sql.access.required_privileges import needs_of
from dsql_tui.sql.lexing.names import name_at, pieces_of


@click.command("why")
@cluster_argument()
@click.option("--role", type=ROLE, metavar="ROLE", help="Database role to ask about.")
@click.option(
    "--can",
    "right",
    type=click.Choice(Right, case_sensitive=False),
    metavar="PRIVILEGE",
    help=f"Privilege to ask about, with --on: {', '.join(Right)}.",
)
@click.option("--on", "name", type=OBJECT, metavar="NAME", help="Table, view, sequence or schema.")
@click.option(
    "-c",
    "--command",
    "statement",
    type=SQL,
    metavar="SQL",
    help="Statement whose privileges to ask about, instead of --can and --on.",
)
@click.option(
    "--arn", type=ARN, metavar="ARN", help="IAM principal: print the roles it may connect as."
)
@json_option()
@click.option(
    "--as",
    "reader",
    type=ROLE,
    metavar="ROLE",
    help=f"Database role to read as.  {ROLE_DEFAULT}",
)
@output_option
@target_options
def command(
    cluster: str | None,
    role: str | None,
    right: Right | None,
    name: str | None,
    statement: str | None,
    arn: str | None,
    as_json: bool,
    reader: str | None,
    target: Target,
) -> int:
    """Explain whether a role may do something on CLUSTER, and the least grant that allows it.

    Ends with 1 if it is not allowed.

    Examples:
      dsql-tui why shop --role app_ro --can DELETE --on public.orders
      dsql-tui why shop --role app_ro -c "delete from orders where id = 1"
      dsql-tui why shop --arn arn:aws:iam::111122223333:role/reader
    """
    asked = statement is not None or (right is not None and name is not None)
    if bool(arn) == bool(role and asked):
        raise click.UsageError("Give --arn, or --role with -c, or --role with --can and --on.")
    with profile_of(target) as profile:
        found_cluster = cluster_meant(profile, target, cluster)
        snapshot = access_of(profile, target, found_cluster, reader)
    if arn:
        return _principal(snapshot, arn, as_json=as_json)
    if role is None or snapshot.role(role) is None:
        known = ", ".join(each.name for each in snapshot.own_roles)
        raise click.UsageError(f"There is no role {role}. Roles: {known}.")
    note = ""
    access = Access(snapshot)
    if statement is not None:
        needs = needs_of(statement, lambda parts: columns_of(access, role, parts))
        uses, note = needs.uses, needs.note
    else:
        uses = (_use(snapshot, right or Right.SELECT, name or ""),)
    answers = explain_uses(access, role, uses)
    if as_json:
        print_json(_as_json(answers, note))
    else:
        click.echo("\n".join(map(inert, _lines(answers, note))))
    return ExitCode.OK if all(each.allowed for each in answers) else ExitCode.NO


def _use(snapshot: AccessSnapshot, right: Right, name: str) -> Use:
    parts, _ = name_at(pieces_of(name), 0)
    if not parts:
        raise click.UsageError(f"--on {name!r} is not the name of an object.")
    kind = UseKind.SEQUENCE if right is Right.USAGE else UseKind.RELATION
    is_schema = len(parts) == 1 and any(
        securable.schema == parts[0] and not securable.name for securable in snapshot.objects
    )
    if right is Right.CREATE or (right is Right.USAGE and is_schema):
        kind = UseKind.SCHEMA
    return Use(kind, parts, right)


def statements_for(answer: AccessAnswer) -> list[str]:
    """Return the GRANTs that would allow what is denied; none if no grant can."""
    statements: list[str] = []
    for need in answer.missing:
        try:
            statements.append(grant_for(need, answer.role, answer.owner))
        except InputError:
            # DSQL does not allow changing that; the answer's note says so.
            continue
    return statements


def _lines(answers: tuple[AccessAnswer, ...], note: str) -> list[str]:
    lines: list[str] = []
    for answer in answers:
        lines.append(f"{'yes' if answer.allowed else 'no '}  {answer.need.words}")
        lines += [f"     through {source.words}" for source in answer.sources]
        if answer.note:
            lines.append(f"     {answer.note}")
        lines += [f"     → {statement};" for statement in statements_for(answer)]
    return [*lines, *([note] if note else [])]


def _as_json(answers: tuple[AccessAnswer, ...], note: str) -> dict[str, object]:
    listed = [
        {
            "role": answer.role,
            "needs": answer.need.words,
            "allowed": answer.allowed,
            "through": [source.words for source in answer.sources],
            "grant": statements_for(answer),
            "note": answer.note or None,
        }
        for answer in answers
    ]
    return {"answers": listed, "note": note or None}


def _principal(snapshot: AccessSnapshot, arn: str, *, as_json: bool) -> int:
    answer = explain_principal(snapshot, arn)
    if as_json:
        roles = [mapping.role for mapping in answer.mappings]
        print_json({"arn": answer.arn, "roles": roles, "actions": answer.actions})
    else:
        echo_line(answer.arn)
        for mapping in answer.mappings:
            granted = f"mapped by {mapping.grantor}"
            echo_line(f"  {mapping.role}  {granted}, needs {answer.actions[mapping.role]} in IAM")
        click.echo("  admin  needs no mapping, but dsql:DbConnectAdmin in IAM")
    return ExitCode.OK
