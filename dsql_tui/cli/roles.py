"""`dsql-tui roles`: show which principals may assume which role, and the role's privileges."""

from __future__ import annotations

from collections.abc import Iterator

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.sessions import access_of, cluster_meant
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import CLUSTER, ROLE
from dsql_tui.model.access.differences import differences
from dsql_tui.model.access.effective import Access, Reach
from dsql_tui.model.access.policy import connect_policy
from dsql_tui.model.access.role import Role
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.access.why import ROW_RIGHTS
from dsql_tui.sql.access.export import export_access


@click.command("roles")
@cluster_argument()
@role_option("Database role to read as.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--sql", "form", flag_value="sql", help="Print SQL that recreates roles and grants.")
@click.option(
    "--matrix", "form", flag_value="matrix", help="Print what each role may do with each relation."
)
@click.option(
    "--diff",
    "other",
    type=CLUSTER,
    metavar="CLUSTER",
    help="Print how this cluster differs from another one.",
)
@click.option(
    "--policy",
    "policy_role",
    type=ROLE,
    metavar="ROLE",
    help="Print the IAM policy that allows connecting as a role.",
)
@output_option
@target_options
def command(
    cluster: str | None,
    role: str | None,
    form: str | None,
    other: str | None,
    policy_role: str | None,
    target: Target,
) -> int:
    """Show the roles of CLUSTER, the IAM principals mapped to them and their privileges.

    In a matrix, S, I, U and D are SELECT, INSERT, UPDATE and DELETE; a small letter means some
    columns only, and ! that USAGE on the schema is missing. --diff ends with 1 if the clusters
    differ. What the role cannot read is reported on standard error.

    Examples:
      dsql-tui roles shop --matrix
      dsql-tui roles staging --diff shop
    """
    with profile_of(target) as profile:
        found_cluster = cluster_meant(profile, target, cluster)
        if policy_role:
            click.echo(connect_policy(found_cluster, policy_role))
            return ExitCode.OK
        snapshot = access_of(profile, target, found_cluster, role)
        if other:
            other_cluster = cluster_meant(profile, target, other)
            return _print_difference(snapshot, access_of(profile, target, other_cluster, role))
    for note in snapshot.notes:
        narrate(note)
    if form == "json":
        print_json(_json(snapshot))
        return ExitCode.OK
    printers = {"sql": export_access, "matrix": _matrix, None: _list}
    click.echo(printers[form](snapshot).rstrip("\n"))
    return ExitCode.OK


def _print_difference(first: AccessSnapshot, second: AccessSnapshot) -> int:
    lines = differences(first, second)
    for each in lines:
        echo_line(each.line)
    return ExitCode.NO if lines else ExitCode.OK


def _list(snapshot: AccessSnapshot) -> str:
    access = Access(snapshot)
    rows = [
        (
            role.name,
            "LOGIN" if role.can_login else "–",
            ", ".join(membership.role for membership in snapshot.groups_of(role.name)) or "–",
            ", ".join(mapping.arn for mapping in snapshot.mappings_of(role.name)) or "–",
            str(len(snapshot.owned_by(role.name))),
            str(_reachable(access, role)),
        )
        for role in snapshot.own_roles
    ]
    header = ("ROLE", "LOGIN", "MEMBER OF", "IAM PRINCIPALS", "OWNS", "READS")
    return table(header, rows, right=(4, 5))


def _reachable(access: Access, role: Role) -> int:
    """Count the tables and views of which a role may read something."""
    select = ROW_RIGHTS[0]
    reads = (access.reach(role.name, securable, select) for securable in access.snapshot.relations)
    return sum(reach in {Reach.FULL, Reach.COLUMNS} for reach in reads)


def _matrix(snapshot: AccessSnapshot) -> str:
    access = Access(snapshot)
    names = [role.name for role in snapshot.own_roles]
    rows = [
        (securable.label, *(_cell(access, name, securable) for name in names))
        for securable in snapshot.relations
    ]
    return table(("RELATION", *names), rows)


def _cell(access: Access, role: str, securable: Securable) -> str:
    return "".join(_mark(access.reach(role, securable, right), right[0]) for right in ROW_RIGHTS)


def _mark(reach: Reach, letter: str) -> str:
    match reach:
        case Reach.FULL:
            return letter
        case Reach.COLUMNS:
            return letter.lower()
        case Reach.BLOCKED:
            return "!"
    return "–"


def _json(snapshot: AccessSnapshot) -> dict[str, object]:
    access = Access(snapshot)
    return {
        "readAs": snapshot.reader,
        "roles": [
            {
                "name": role.name,
                "login": role.can_login,
                "attributes": list(role.attributes),
                "memberOf": [each.role for each in snapshot.groups_of(role.name)],
                "iamPrincipals": [each.arn for each in snapshot.mappings_of(role.name)],
                "owns": [each.label for each in snapshot.owned_by(role.name)],
                "privileges": list(_privileges(access, role)),
            }
            for role in snapshot.own_roles
        ],
        "defaultPrivileges": [
            {
                "creator": each.creator,
                "schema": each.schema or None,
                "on": each.kind.value,
                "grantee": item.grantee or "PUBLIC",
                "privileges": sorted(item.rights),
            }
            for each in snapshot.default_privileges
            for item in each.acl
        ],
        "notes": list(snapshot.notes),
    }


def _privileges(access: Access, role: Role) -> Iterator[dict[str, object]]:
    for securable in access.snapshot.objects:
        for held in access.effective(role.name, securable):
            yield {
                "kind": securable.kind.value,
                "object": securable.label,
                "privilege": held.right.value,
                "through": [source.words for source in held.sources],
                "columns": [source.column for source in held.sources if source.column],
                "reachable": access.reach(role.name, securable, held.right) is not Reach.BLOCKED,
            }
