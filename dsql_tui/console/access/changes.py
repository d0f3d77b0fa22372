"""Forms that create and alter roles, map IAM principals, and grant and revoke privileges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.widget import Widget
from textual.widgets import SelectionList

from dsql_tui.console.access.forms import (
    AccessFormDialog,
    choice_field,
    many_field,
    selections,
    text_field,
)
from dsql_tui.console.access.rows import object_name
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.errors import InputError
from dsql_tui.model.access.acl import PUBLIC, Right
from dsql_tui.model.access.role import Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, DefaultKind, Securable
from dsql_tui.model.access.why import PUBLIC_SCHEMA
from dsql_tui.sql.access import grants
from dsql_tui.sql.access.plans import migration, read_only, read_write

YES_NO = (("yes (LOGIN)", "yes"), ("no (NOLOGIN, a group)", "no"))
_EVERYBODY = "\N{EM DASH}public"
"""Value of PUBLIC in a choice; no role's name can be mistaken for it there."""


def role_options(snapshot: AccessSnapshot, *, everybody: bool = False) -> list[tuple[str, str]]:
    """Return the cluster's roles as options."""
    options = [(role.name, role.name) for role in snapshot.own_roles]
    return [*options, ("PUBLIC (every role)", _EVERYBODY)] if everybody else options


def chosen_role(value: str) -> str:
    """Return the grantee of an option."""
    return PUBLIC if value == _EVERYBODY else value


def role_value(role: str) -> str:
    """Return the option of a grantee."""
    return _EVERYBODY if role == PUBLIC else role


def schema_options(snapshot: AccessSnapshot) -> list[tuple[str, str]]:
    """Return the cluster's schemas as options."""
    names = [each.schema for each in snapshot.objects if each.kind is SecurableKind.SCHEMA]
    return [(name, name) for name in names]


class NewRoleDialog(AccessFormDialog):
    """Creates a role, with its groups and its IAM principal."""

    HEADING = "Create role"

    def __init__(self, snapshot: AccessSnapshot) -> None:
        super().__init__()
        self._snapshot = snapshot

    def fields(self) -> Iterator[Widget]:
        """Yield the name, LOGIN, the groups and the principal's ARN."""
        groups = [each for each in role_options(self._snapshot) if each[1] != "admin"]
        yield text_field("Name", "name", hint="app_rw")
        yield choice_field("Can connect", "login", YES_NO)
        if groups:
            yield many_field("Member of", "groups", groups)
        yield text_field(
            "IAM principal", "arn", hint="optional, arn:aws:iam::111122223333:role/name"
        )

    def statements(self) -> list[str]:
        """Return CREATE ROLE, the group memberships and AWS IAM GRANT."""
        name, login = self.text("name"), self.choice("login") == "yes"
        if self._snapshot.role(name):
            raise InputError(f"The role {name} already exists.")
        groups = self.many("groups") if self.query("#groups") else []
        statements = grants.create_role(name, login=login, member_of=groups)
        if arn := self.text("arn"):
            if not login:
                raise InputError("Only a role with LOGIN can be mapped to IAM.")
            statements.append(grants.map_iam(name, arn))
        return statements


class AlterRoleDialog(AccessFormDialog):
    """Alters a role's name, LOGIN and groups."""

    def __init__(self, snapshot: AccessSnapshot, role: Role) -> None:
        super().__init__()
        self._snapshot, self._role = snapshot, role
        self._groups = [membership.role for membership in snapshot.groups_of(role.name)]

    def heading(self) -> str:
        """Return the role's name."""
        return "Alter role"

    def fields(self) -> Iterator[Widget]:
        """Yield the name, LOGIN and the groups."""
        role = self._role
        others = [
            each for each in role_options(self._snapshot) if each[1] not in {"admin", role.name}
        ]
        yield text_field("Name", "name", role.name)
        yield choice_field("Can connect", "login", YES_NO, "yes" if role.can_login else "no")
        if others:
            yield many_field("Member of", "groups", others, self._groups)

    def statements(self) -> list[str]:
        """Return the statements that change the role to match the form."""
        role, name = self._role, self.text("name")
        chosen = set(self.many("groups")) if self.query("#groups") else set(self._groups)
        login = self.choice("login") == "yes"
        statements = [
            *(grants.grant_role(each, role.name) for each in sorted(chosen - set(self._groups))),
            *(grants.revoke_role(each, role.name) for each in sorted(set(self._groups) - chosen)),
        ]
        if login != role.can_login:
            statements.append(grants.set_login(role.name, login=login))
        if name != role.name:
            statements.append(grants.rename_role(role.name, name))
        if not statements:
            raise InputError("Nothing has changed.")
        return statements

    def note(self) -> str:
        """Return a warning about LOGIN, as AWS's own linter words it."""
        changed = (self.choice("login") == "yes") != self._role.can_login
        return "dsql-lint reports that DSQL refuses ALTER ROLE … LOGIN." if changed else ""


class MapDialog(AccessFormDialog):
    """Maps an IAM principal to a role with AWS IAM GRANT."""

    HEADING = "Map IAM principal"

    def __init__(self, snapshot: AccessSnapshot, role: str, arn: str = "") -> None:
        super().__init__()
        self._snapshot, self._role, self._arn = snapshot, role, arn

    def fields(self) -> Iterator[Widget]:
        """Yield the role and the principal's ARN."""
        roles = [
            (role.name, role.name)
            for role in self._snapshot.own_roles
            if role.can_login and not role.is_admin
        ]
        known = dict.fromkeys(mapping.arn for mapping in self._snapshot.mappings)
        hint = "arn:aws:iam::111122223333:role/name"
        yield text_field("IAM principal", "arn", self._arn, hint=hint, known=known)
        yield choice_field("Role", "role", roles, self._role)

    def statements(self) -> list[str]:
        """Return one AWS IAM GRANT statement."""
        role, arn = self.choice("role"), self.text("arn")
        if any(mapping.arn == arn for mapping in self._snapshot.mappings_of(role)):
            raise InputError(f"The principal is already mapped to {role}.")
        return [grants.map_iam(role, arn)]

    def note(self) -> str:
        """Return which IAM permission the principal also needs."""
        return with_keys(
            "The principal also needs dsql:DbConnect on the cluster. "
            "Press {roles.policy} for the policy."
        )


@dataclass(frozen=True, slots=True)
class _All:
    """Every object of a kind in a schema."""

    kind: DefaultKind
    schema: str


_ALL = {
    "all tables in ": (DefaultKind.TABLES, SecurableKind.TABLE),
    "all sequences in ": (DefaultKind.SEQUENCES, SecurableKind.SEQUENCE),
    "all functions in ": (DefaultKind.FUNCTIONS, SecurableKind.FUNCTION),
}


class GrantDialog(AccessFormDialog):
    """Grants or revokes privileges on an object, its columns, or all objects of a schema.

    Args:
        snapshot: What there is.
        role: To whom, or from whom.
        securable: On what; `None` is chosen in the form.
        rights: Chosen to begin with.
        revoked: Revoke rather than grant.
    """

    def __init__(
        self,
        snapshot: AccessSnapshot,
        role: str,
        securable: Securable | None,
        rights: Sequence[Right] = (),
        *,
        revoked: bool = False,
    ) -> None:
        super().__init__()
        self._snapshot, self._role, self._securable = snapshot, role, securable
        self._rights, self._revoked = rights, revoked
        self._objects = {object_name(each): each for each in snapshot.objects}
        self._offered: tuple[Right, ...] = ()

    def heading(self) -> str:
        """Return `Grant` or `Revoke`."""
        return "Revoke" if self._revoked else "Grant"

    def fields(self) -> Iterator[Widget]:
        """Yield the object, its columns, the privileges and the role."""
        schemas = [name for name, _ in schema_options(self._snapshot)]
        relations = [each.name for each in self._snapshot.relations]
        everything = [f"{words}{name}" for words in _ALL for name in schemas]
        known = [*self._objects, *everything, *relations]
        named = object_name(self._securable) if self._securable else ""
        yield text_field(
            "On", "on", named, hint="public.orders, schema app, all tables in app", known=known
        )
        yield text_field("Columns", "only-columns", hint="default: all; or a, b")
        yield many_field("Privileges", "rights", self._options(), self._rights)
        options = role_options(self._snapshot, everybody=True)
        link = "From" if self._revoked else "To"
        yield choice_field(link, "role", options, role_value(self._role))
        if not self._revoked:
            yield choice_field("With grant option", "option", (("no", "no"), ("yes", "yes")))

    def _options(self) -> list[tuple[str, str]]:
        kind = self._securable.kind if self._securable else SecurableKind.TABLE
        self._offered = grants.rights_for(kind)
        return [(right, right) for right in self._offered]

    def refill(self) -> None:
        """Offer the privileges that the named object supports."""
        try:
            target, columns = self._target(), self._columns()
        except InputError:
            return
        kind = target.kind if isinstance(target, Securable) else _KIND_OF[target.kind]
        offered = grants.rights_for(kind, columns=bool(columns))
        if offered != self._offered:
            self._offered = offered
            rights: SelectionList[str] = self.query_one("#rights", SelectionList)
            chosen = set(rights.selected)
            rights.clear_options()
            rights.add_options(selections([(right, right) for right in offered], chosen))

    def _target(self) -> Securable | _All:
        text = self.text("on")
        if securable := self._objects.get(text) or self._only_relation(text):
            return securable
        for words, (kind, _) in _ALL.items():
            if text.startswith(words):
                schema = text.removeprefix(words)
                if any(schema == name for name, _ in schema_options(self._snapshot)):
                    return _All(kind, schema)
                raise InputError(f"The schema {schema} does not exist.")
        raise InputError(f"The object {text} does not exist." if text else "Enter an object.")

    def _only_relation(self, name: str) -> Securable | None:
        """Return the relation with this name, given without its schema.

        Raises:
            InputError: Several schemas have one.
        """
        matches = [each for each in self._snapshot.relations if each.name == name]
        if len(matches) > 1:
            names = " and ".join(sorted(map(object_name, matches)))
            raise InputError(f"There are {names}. Enter the schema too.")
        return matches[0] if matches else None

    def _columns(self) -> list[str]:
        return [name.strip() for name in self.text("only-columns").split(",") if name.strip()]

    def statements(self) -> list[str]:
        """Return one GRANT or REVOKE, and USAGE on the schema where that is missing."""
        target, columns = self._target(), self._columns()
        rights = [Right(each) for each in self.many("rights")]
        role = chosen_role(self.choice("role"))
        if isinstance(target, _All):
            if columns:
                raise InputError("Columns can only be named for a single table or view.")
            return [grants.on_all(rights, target.kind, target.schema, role, revoked=self._revoked)]
        if columns and not target.is_relation:
            raise InputError("Only tables and views have columns.")
        place = (target.kind, target.schema, target.name, role)
        if self._revoked:
            return [grants.revoke(rights, *place, columns=columns)]
        passing = self.choice("option") == "yes"
        return [grants.grant(rights, *place, columns=columns, grantable=passing)]


_KIND_OF = dict(_ALL.values())


class DefaultsDialog(AccessFormDialog):
    """Sets the privileges of objects created later, with ALTER DEFAULT PRIVILEGES."""

    HEADING = "Default privileges"

    def __init__(self, snapshot: AccessSnapshot, role: str) -> None:
        super().__init__()
        self._snapshot, self._role = snapshot, role
        self._offered: tuple[Right, ...] = grants.rights_for(SecurableKind.TABLE)

    def fields(self) -> Iterator[Widget]:
        """Yield the creator, schema, kind, privileges, grantee, and grant or revoke."""
        every = [("all schemas", "")]
        roles = role_options(self._snapshot)
        kinds = [(kind.lower(), kind) for kind in _KIND_OF]
        yield choice_field("Created by", "creator", roles, self._snapshot.reader)
        yield choice_field("Objects", "kind", kinds)
        yield choice_field("In schema", "in-schema", [*every, *schema_options(self._snapshot)])
        verbs = (("grant", "grant"), ("revoke", "revoke"))
        yield choice_field("Action", "verb", verbs)
        yield many_field("Privileges", "rights", [(right, right) for right in self._offered])
        everybody = role_options(self._snapshot, everybody=True)
        yield choice_field("To / from", "role", everybody, role_value(self._role))

    def refill(self) -> None:
        """Offer the privileges of the selected kind of object."""
        offered = grants.rights_for(_KIND_OF[DefaultKind(self.choice("kind"))])
        if offered != self._offered:
            self._offered = offered
            rights: SelectionList[str] = self.query_one("#rights", SelectionList)
            rights.clear_options()
            rights.add_options(selections([(right, right) for right in offered]))

    def statements(self) -> list[str]:
        """Return one ALTER DEFAULT PRIVILEGES statement."""
        return [
            grants.alter_default_privileges(
                [Right(each) for each in self.many("rights")],
                DefaultKind(self.choice("kind")),
                chosen_role(self.choice("role")),
                creator=self.choice("creator"),
                schema=self.choice("in-schema"),
                revoked=self.choice("verb") == "revoke",
            )
        ]

    def note(self) -> str:
        """Return a note that existing objects keep their privileges."""
        return with_keys("Existing objects are not changed. Press {roles.grant} to grant on those.")


class TemplateDialog(AccessFormDialog):
    """Grants a role read-only, read-write or migration privileges from a template."""

    HEADING = "Apply template"
    _TEMPLATES = (
        ("read-only: select from current and future tables", "read"),
        ("read-write: change rows, use sequences", "write"),
        ("migration: create and alter tables", "migrate"),
    )

    def __init__(self, snapshot: AccessSnapshot, role: str) -> None:
        super().__init__()
        self._snapshot, self._role = snapshot, role

    def fields(self) -> Iterator[Widget]:
        """Yield the template, role and schema."""
        roles = [each for each in role_options(self._snapshot) if each[1] != "admin"]
        schemas = schema_options(self._snapshot)
        own = next((name for name, _ in schemas if name != PUBLIC_SCHEMA), PUBLIC_SCHEMA)
        yield choice_field("Template", "template", self._TEMPLATES)
        yield choice_field("Role", "role", roles, self._role)
        yield choice_field("Schema", "in-schema", schemas, own)

    def statements(self) -> list[str]:
        """Return the template's statements in order."""
        role, schema = self.choice("role"), self.choice("in-schema")
        if not self._snapshot.role(role):
            raise InputError(with_keys("Create a role first: press {roles.new}."))
        match self.choice("template"):
            case "read":
                return read_only(role, schema, self._creators(schema, role))
            case "write":
                return read_write(role, schema, self._creators(schema, role))
        return migration(role, schema)

    def _creators(self, schema: str, role: str) -> list[str]:
        """Return the roles that create tables there: owners of tables, or the current role."""
        owners = {
            securable.owner
            for securable in self._snapshot.objects
            if securable.schema == schema and securable.is_relation
        }
        known = {each.name for each in self._snapshot.own_roles}
        return sorted((owners or {self._snapshot.reader}) & known - {role})
