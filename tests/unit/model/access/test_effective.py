"""Effective privileges by PostgreSQL's rules (`acl.c`), each with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.model.access.acl import COLUMN_RIGHTS, RIGHTS_ON, Right, parse_acl
from dsql_tui.model.access.effective import Access, Reach, RightSource, RightSourceKind
from dsql_tui.model.access.role import Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, ColumnAcl, Membership, Securable
from tests.support.access_samples import SCHEMA, SHOP, TABLE, of_shop, securable

ACCESS = Access(SHOP)
READER = "pg_read_all_data"
WRITER = "pg_write_all_data"


def access_of(
    *objects: Securable, members: Sequence[tuple[str, str]] = (), superuser: str = "root"
) -> Access:
    """Return the access to some objects, with memberships as `(member, role)`."""
    memberships = tuple(Membership(member, role) for member, role in members)
    roles = (Role(16_999, superuser, True, attributes=("SUPERUSER",)),)
    return Access(AccessSnapshot("admin", roles, memberships, objects=objects))


def table(acl: str | None, owner: str = "owner", **columns: str) -> Securable:
    """Return the table `s.t` with the acls of columns on which something was granted."""
    granted = tuple(ColumnAcl(name, parse_acl(items)) for name, items in columns.items())
    return replace(securable(TABLE, "s", "t", owner, acl), columns=granted)


def sources(access: Access, role: str, on: Securable, right: Right) -> tuple[RightSource, ...]:
    return {held.right: held.sources for held in access.effective(role, on)}.get(right, ())


@pytest.mark.parametrize(
    ("role", "label", "right", "words"),
    [
        ("app_ro", "public.customers", Right.SELECT, "app_ro (direct)"),
        ("app_ro", "public.orders", Right.SELECT, "reporting (membership)"),
        ("admin", "public.orders", Right.DELETE, "admin (ownership)"),
        ("app_ro", "public", Right.USAGE, "PUBLIC"),
        ("app_ro", "vault.rate(integer, text)", Right.EXECUTE, "PUBLIC (default)"),
        ("root", "vault.secrets", Right.INSERT, "superuser"),
        ("auditor", "vault.secrets", Right.SELECT, "pg_read_all_data (predefined role)"),
        ("auditor", "vault", Right.USAGE, "pg_read_all_data (predefined role)"),
        (READER, "vault.secrets", Right.SELECT, "pg_read_all_data (predefined role)"),
    ],
)
def test_a_privilege_says_where_it_comes_from(
    role: str, label: str, right: Right, words: str
) -> None:
    held = {item.right: item for item in ACCESS.effective(role, of_shop(label))}
    assert held[right].sources[0].words == words


@pytest.mark.parametrize(
    ("acl", "members", "words"),
    [
        ("{b=r/owner}", [("a", "b")], "b (membership)"),
        ("{c=r/owner}", [("a", "b"), ("b", "c")], "b → c (membership)"),
        ("{owner=r/owner}", [("a", "owner")], "a (owner, ownership)"),
        ("{owner=r/owner}", [("a", "b"), ("b", "owner")], "a (b → owner, ownership)"),
    ],
)
def test_a_source_names_the_memberships_in_between(
    acl: str, members: list[tuple[str, str]], words: str
) -> None:
    (source,) = sources(access_of(members=members), "a", table(acl), Right.SELECT)
    assert source.words == words


def test_a_predefined_role_is_held_through_other_roles() -> None:
    members = [("a", "b"), ("b", READER)]
    (source,) = sources(access_of(members=members), "a", table("{}"), Right.SELECT)
    assert source == RightSource(RightSourceKind.PREDEFINED, ("a", "b", READER))
    assert source.words == f"b → {READER} (predefined role)"


class TestMemberships:
    def test_give_what_every_role_on_the_way_holds(self) -> None:
        members = [("a", "b"), ("b", "c"), ("c", "d"), ("x", "d")]
        on = table("{d=a/owner,c=r/owner,x=w/owner}")
        assert access_of(members=members).rights("a", on) == {Right.INSERT, Right.SELECT}
        assert access_of(members=members).rights("c", on) == {Right.INSERT, Right.SELECT}
        assert access_of(members=members).rights("d", on) == {Right.INSERT}

    @pytest.mark.parametrize("at", range(3))
    def test_give_nothing_beyond_one_that_does_not_inherit(self, at: int) -> None:
        ways = [("a", "b"), ("b", "c"), ("c", "d")]
        memberships = tuple(
            Membership(member, role, inherits=number != at, is_admin=True)
            for number, (member, role) in enumerate(ways)
        )
        access = Access(AccessSnapshot("admin", (), memberships))
        assert Right.SELECT not in access.rights("a", table("{d=r/owner}"))
        assert list(access.holders("a")) == ["a", "b", "c", "d"][: at + 1]

    @pytest.mark.parametrize(
        "members", permutations([("a", "b"), ("b", "c"), ("c", "d"), ("a", "c")])
    )
    def test_are_told_by_the_shortest_way(self, members: Sequence[tuple[str, str]]) -> None:
        assert access_of(members=members).holders("a") == {
            "a": ("a",),
            "b": ("a", "b"),
            "c": ("a", "c"),
            "d": ("a", "c", "d"),
        }

    def test_in_a_circle_end(self) -> None:
        access = access_of(members=[("a", "b"), ("b", "c"), ("c", "a")])
        assert access.holders("b") == {"b": ("b",), "c": ("b", "c"), "a": ("b", "c", "a")}

    def test_of_others_give_nothing(self) -> None:
        access = access_of(members=[("a", "b")])
        assert access.holders("b") == {"b": ("b",)}
        assert access.holders("c") == {"c": ("c",)}
        assert access.rights("b", table("{a=r/owner}")) == frozenset()

    def test_that_do_not_inherit_give_nothing(self) -> None:
        assert ACCESS.rights("loner", of_shop("public.orders")) == frozenset()


class TestOwnership:
    def test_gives_everything_until_something_was_revoked(self) -> None:
        assert access_of().rights("owner", table(None)) == frozenset(RIGHTS_ON[TABLE])
        assert access_of().rights("owner", table("{}")) == frozenset()
        assert access_of().rights("owner", table("{owner=r/owner}")) == {Right.SELECT}

    def test_is_kept_whatever_was_revoked(self) -> None:
        access = access_of(members=[("a", "b"), ("b", "owner")])
        assert access.owns("owner", table("{}")) == ("owner",)
        assert access.owns("a", table("{}")) == ("a", "b", "owner")
        assert access.owns("x", table("{}")) == ()

    def test_includes_the_grant_option_whatever_the_acl_says(self) -> None:
        access = access_of(members=[("a", "owner")])
        for role in ("owner", "a"):
            (source,) = sources(access, role, table("{owner=r/owner}"), Right.SELECT)
            assert source.kind is RightSourceKind.OWNERSHIP
            assert source.grantable

    def test_is_no_reason_for_what_was_granted_on_a_column(self) -> None:
        (source,) = sources(access_of(), "owner", table("{}", a="{owner=r/owner}"), Right.SELECT)
        assert source == RightSource(
            RightSourceKind.DIRECT, ("owner",), "owner", grantable=False, column="a"
        )


class TestGrantOption:
    @pytest.mark.parametrize(
        ("acl", "role", "grantable"),
        [
            ("{a=r*w/owner}", "a", {Right.SELECT: True, Right.UPDATE: False}),
            ("{b=rw*/owner}", "a", {Right.SELECT: False, Right.UPDATE: True}),
            ("{=r/owner}", "a", {Right.SELECT: False}),
        ],
    )
    def test_is_that_of_the_acl(self, acl: str, role: str, grantable: dict[Right, bool]) -> None:
        held = access_of(members=[("a", "b")]).effective(role, table(acl))
        assert {each.right: each.sources[0].grantable for each in held} == grantable

    def test_of_a_superuser_is_for_everything(self) -> None:
        for held in access_of().effective("root", table("{root=r/owner}")):
            assert held.sources == (
                RightSource(RightSourceKind.SUPERUSER, ("root",), grantable=True),
            )

    def test_comes_with_no_predefined_role(self) -> None:
        (source,) = sources(access_of(), READER, table("{}"), Right.SELECT)
        assert not source.grantable


def test_a_source_names_who_granted_it_and_on_which_column() -> None:
    on = table("{a=r/boss}", c="{b=r*/clerk}")
    assert sources(access_of(members=[("a", "b")]), "a", on, Right.SELECT) == (
        RightSource(RightSourceKind.DIRECT, ("a",), "boss"),
        RightSource(RightSourceKind.MEMBERSHIP, ("a", "b"), "clerk", grantable=True, column="c"),
    )


class TestPublic:
    def test_is_every_role(self) -> None:
        on = table("{=r/owner}", c="{=w/owner}")
        for role in ("a", "nobody"):
            assert access_of().rights(role, on) == {Right.SELECT}
            assert access_of().columns(role, on, Right.UPDATE) == ("c",)

    @pytest.mark.parametrize(
        ("acl", "kind"), [(None, RightSourceKind.DEFAULT), ("{=X/owner}", RightSourceKind.PUBLIC)]
    )
    def test_is_a_default_until_something_was_granted(
        self, acl: str | None, kind: RightSourceKind
    ) -> None:
        function = securable(SecurableKind.FUNCTION, "s", "f()", "owner", acl)
        (source,) = sources(access_of(members=[("a", "b")]), "a", function, Right.EXECUTE)
        assert source == RightSource(kind, ("a",), "owner")

    def test_holds_nothing_on_a_table_by_default(self) -> None:
        assert access_of().rights("a", table(None)) == frozenset()


EVERYWHERE = {
    SecurableKind.SCHEMA: ({Right.USAGE}, {Right.USAGE}),
    SecurableKind.TABLE: ({Right.SELECT}, {Right.INSERT, Right.UPDATE, Right.DELETE}),
    SecurableKind.VIEW: ({Right.SELECT}, {Right.INSERT, Right.UPDATE, Right.DELETE}),
    SecurableKind.SEQUENCE: ({Right.SELECT}, {Right.UPDATE}),
    SecurableKind.FUNCTION: (set(), set()),
}


@pytest.mark.parametrize("kind", SecurableKind)
def test_predefined_roles_hold_the_same_rights_on_everything_of_a_kind(kind: SecurableKind) -> None:
    on = securable(kind, "s", "x", "owner", "{}")
    reads, writes = EVERYWHERE[kind]
    access = access_of(members=[("both", READER), ("both", WRITER)])
    for role, rights in ((READER, reads), (WRITER, writes), ("both", reads | writes), ("a", set())):
        assert access.rights(role, on) == rights
        assert {held.right for held in access.effective(role, on)} == rights


@pytest.mark.parametrize("kind", SecurableKind)
def test_a_superuser_holds_everything_on_anything(kind: SecurableKind) -> None:
    on = securable(kind, "s", "x", "owner", "{}")
    access = access_of(securable(SCHEMA, "s", "", "owner", "{}"))
    assert access.is_superuser("root")
    assert not access.is_superuser("owner")
    assert access.rights("root", on) == frozenset(RIGHTS_ON[kind])
    assert tuple(held.right for held in access.effective("root", on)) == RIGHTS_ON[kind]
    assert access.reach("root", on, RIGHTS_ON[kind][0]) is Reach.FULL


USAGE = "{owner=UC/owner,a=U/owner}"
CREATE_ALONE = "{owner=UC/owner,a=C/owner}"


class TestReach:
    @pytest.mark.parametrize(
        ("schema_acl", "on", "right", "reach"),
        [
            (USAGE, table("{a=r/owner}"), Right.SELECT, Reach.FULL),
            (USAGE, table("{a=r/owner}"), Right.INSERT, Reach.NONE),
            (USAGE, table("{}", c="{a=r/owner}"), Right.SELECT, Reach.COLUMNS),
            (USAGE, table("{}", c="{a=r/owner}"), Right.UPDATE, Reach.NONE),
            (USAGE, table("{a=r/owner}", c="{a=r/owner}"), Right.SELECT, Reach.FULL),
            (USAGE, table("{}", c="{x=r/owner}"), Right.SELECT, Reach.NONE),
            (CREATE_ALONE, table("{a=r/owner}"), Right.SELECT, Reach.BLOCKED),
            (CREATE_ALONE, table("{}", c="{a=r/owner}"), Right.SELECT, Reach.BLOCKED),
            (CREATE_ALONE, table("{}"), Right.SELECT, Reach.NONE),
        ],
    )
    def test_of_a_table(self, schema_acl: str, on: Securable, right: Right, reach: Reach) -> None:
        access = access_of(securable(SCHEMA, "s", "", "owner", schema_acl), on)
        for _ in range(2):  # the second answer is remembered
            assert access.reach("a", on, right) is reach
            assert access.reaches("a", "s") is (schema_acl is USAGE)

    def test_of_a_schema_is_never_blocked_by_itself(self) -> None:
        schema = securable(SCHEMA, "s", "", "owner", CREATE_ALONE)
        access = access_of(schema)
        assert access.reach("a", schema, Right.CREATE) is Reach.FULL
        assert access.reach("a", schema, Right.USAGE) is Reach.NONE

    def test_is_not_blocked_by_a_schema_that_is_not_known(self) -> None:
        assert access_of().reaches("a", "pg_catalog")
        assert access_of().reach("a", table("{a=r/owner}"), Right.SELECT) is Reach.FULL

    def test_asks_the_schema_alone_and_not_what_is_named_like_it(self) -> None:
        inside = securable(TABLE, "s", "s", "owner", "{a=r/owner}")
        schema = securable(SCHEMA, "s", "", "owner", CREATE_ALONE)
        for objects in ((inside, schema), (schema, inside)):
            assert not access_of(*objects).reaches("a", "s")

    def test_of_single_columns_is_for_rights_that_columns_have(self) -> None:
        letters = {"r": Right.SELECT, "a": Right.INSERT, "w": Right.UPDATE, "x": Right.REFERENCES}
        assert set(letters.values()) == set(COLUMN_RIGHTS)
        for letter, right in letters.items():
            on = table("{}", c=f"{{a={letter}/owner}}", d="{b=arwx/owner}", e="{=arwx/owner}")
            assert access_of().columns("a", on, right) == ("c", "e")
            assert access_of().reach("a", on, right) is Reach.COLUMNS


def test_every_source_is_listed_the_strongest_first() -> None:
    members = [("a", "b"), ("b", "c"), ("a", "boss"), ("a", READER)]
    on = table(
        "{boss=r/boss,c=r/boss,b=r/boss,=r/boss,a=r/boss}",
        owner="boss",
        z="{a=r/boss}",
        y="{a=r/boss,b=r/boss}",
    )
    told = sources(access_of(members=members), "a", on, Right.SELECT)
    assert [(source.kind, source.chain[-1], source.column) for source in told] == [
        (RightSourceKind.DIRECT, "a", ""),
        (RightSourceKind.OWNERSHIP, "boss", ""),  # ownership through a membership
        (RightSourceKind.MEMBERSHIP, "b", ""),
        (RightSourceKind.MEMBERSHIP, "c", ""),
        (RightSourceKind.PUBLIC, "a", ""),
        (RightSourceKind.PREDEFINED, READER, ""),
        (RightSourceKind.DIRECT, "a", "y"),
        (RightSourceKind.DIRECT, "a", "z"),
        (RightSourceKind.MEMBERSHIP, "b", "y"),
    ]


def test_owning_is_a_stronger_source_than_a_grant() -> None:
    on = table("{b=r/owner,=r/owner,owner=r/owner}")
    told = sources(access_of(members=[("owner", "b")]), "owner", on, Right.SELECT)
    assert [source.kind for source in told] == [
        RightSourceKind.OWNERSHIP,
        RightSourceKind.MEMBERSHIP,
        RightSourceKind.PUBLIC,
    ]


def test_a_snapshot_can_be_asked_for_what_it_holds() -> None:
    assert ACCESS.snapshot is SHOP


def test_privileges_are_listed_in_the_order_of_grant() -> None:
    held = access_of().effective("a", table("{a=dwar/owner}", c="{a=x/owner}"))
    assert [each.right for each in held] == [
        Right.SELECT,
        Right.INSERT,
        Right.UPDATE,
        Right.DELETE,
        Right.REFERENCES,
    ]


NAMES = st.sampled_from(["", "a", "b", "c", "d", READER])


def acls(letters: list[str]) -> st.SearchStrategy[str]:
    rights = st.lists(st.sampled_from(letters), unique=True).map("".join)
    items = st.builds(lambda grantee, held: f"{grantee}={held}/d", NAMES, rights)
    return st.lists(items, max_size=4).map(lambda each: "{" + ",".join(each) + "}")


MEMBERS = st.lists(st.tuples(NAMES.filter(bool), NAMES.filter(bool)), max_size=6)


@given(
    acl=acls(["r", "a", "w*", "d", "x"]),
    column=acls(["r", "a", "w*", "x"]),
    members=MEMBERS,
    role=NAMES.filter(bool),
)
def test_a_cell_of_the_matrix_agrees_with_the_list_of_sources(
    acl: str, column: str, members: list[tuple[str, str]], role: str
) -> None:
    access, on = access_of(members=members), table(acl, "d", c=column)
    held = access.effective(role, on)
    for right in RIGHTS_ON[TABLE]:
        told = list(chain.from_iterable(each.sources for each in held if each.right is right))
        on_whole = any(not source.column for source in told)
        on_columns = {source.column for source in told if source.column}
        assert (right in access.rights(role, on)) == on_whole
        assert set(access.columns(role, on, right)) == on_columns
        expected = Reach.FULL if on_whole else Reach.COLUMNS if on_columns else Reach.NONE
        assert access.reach(role, on, right) is expected
