"""`dsql-tui why`: may a role do something, because of what, and what would have to be granted."""

from __future__ import annotations

import json

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.open_access import access_of, cluster_meant
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line
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
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.access.grants import grant_for
from dsql_tui.sql.access.required_privileges import needs_of
from dsql_tui.sql.lexing.names import name_at, pieces_of


@click.command("why")
@click.argument("cluster", required=False)
@click.option("--role", help="The role that is asked about.")
@click.option(
    "--can", "right", type=click.Choice(Right, case_sensitive=False), help="A privilege …"
)
@click.option("--on", "name", help="… on this table, view, sequence or schema.")
@click.option("-c", "--command", "statement", help="A statement instead: all that it needs.")
@click.option("--arn", help="An IAM principal: which roles it may become.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--as", "reader", default=ADMIN_ROLE, show_default=True, help="Role to read as.")
@target_options
def command(
    cluster: str | None,
    role: str | None,
    right: Right | None,
    name: str | None,
    statement: str | None,
    arn: str | None,
    as_json: bool,
    reader: str,
    target: Target,
) -> int:
    """Tell whether a role may do something on CLUSTER, and the least that would allow it.

        dsql-tui why shop --role app_ro --can DELETE --on public.orders

        dsql-tui why shop --role app_ro -c "delete from orders where id = 1"

        dsql-tui why shop --arn arn:aws:iam::111122223333:role/reader

    Ends with exit code 1 when it is not allowed.
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
        raise InputError(f"There is no role {role}.", remedy=f"There are {known}.")
    note = ""
    access = Access(snapshot)
    if statement is not None:
        needs = needs_of(statement, lambda parts: columns_of(access, role, parts))
        uses, note = needs.uses, needs.note
    else:
        uses = (_use(snapshot, right or Right.SELECT, name or ""),)
    answers = explain_uses(access, role, uses)
    lines = map(inert, _lines(answers, note))
    click.echo(_as_json(answers, note) if as_json else "\n".join(lines))
    return ExitCode.OK if all(each.allowed for each in answers) else ExitCode.STATEMENT_FAILED


def _use(snapshot: AccessSnapshot, right: Right, name: str) -> Use:
    parts, _ = name_at(pieces_of(name), 0)
    if not parts:
        raise InputError(f"{name!r} is not the name of an object.")
    kind = UseKind.SEQUENCE if right is Right.USAGE else UseKind.RELATION
    is_schema = len(parts) == 1 and any(
        securable.schema == parts[0] and not securable.name for securable in snapshot.objects
    )
    if right is Right.CREATE or (right is Right.USAGE and is_schema):
        kind = UseKind.SCHEMA
    return Use(kind, parts, right)


def statements_for(answer: AccessAnswer) -> list[str]:
    """Return the GRANTs that would allow what an answer denies; none where no grant could."""
    statements: list[str] = []
    for need in answer.missing:
        try:
            statements.append(grant_for(need, answer.role, answer.owner))
        except InputError:
            # DSQL lets nobody change that; the answer's note says so.
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


def _as_json(answers: tuple[AccessAnswer, ...], note: str) -> str:
    answers_json = [
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
    return json.dumps({"answers": answers_json, "note": note or None}, indent=2, ensure_ascii=False)


def _principal(snapshot: AccessSnapshot, arn: str, *, as_json: bool) -> int:
    answer = explain_principal(snapshot, arn)
    if as_json:
        roles = [mapping.role for mapping in answer.mappings]
        told = {"arn": answer.arn, "roles": roles, "actions": answer.actions}
        click.echo(json.dumps(told, indent=2))
    else:
        echo_line(answer.arn)
        for mapping in answer.mappings:
            granted = f"mapped by {mapping.grantor}"
            echo_line(f"  {mapping.role}  {granted}, needs {answer.actions[mapping.role]} in IAM")
        click.echo("  admin  needs no mapping, but dsql:DbConnectAdmin in IAM")
    return ExitCode.OK
