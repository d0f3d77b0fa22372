"""The type that a column has in DSQL, and how its values are read."""

from __future__ import annotations

import pytest

from dsql_tui.migrate.source import ExtensionMember, SourceDatabase, SourceType
from dsql_tui.migrate.types import Types
from dsql_tui.schema.definitions import Database, DomainDefinition
from dsql_tui.sql.dsql import rules

SOURCE = SourceDatabase(
    definitions=Database(
        objects=(
            DomainDefinition("app", "code", "character varying(5)"),
            DomainDefinition("app", "codes", "text[]"),
            DomainDefinition("app", "blob", "bytea"),
        )
    ),
    types={
        ("app", "mood"): SourceType("e", ("good", "it's bad")),
        ("app", "pair"): SourceType("c", columns="a integer"),
        ("app", "span"): SourceType("r"),
        ("public", "own"): SourceType("b"),
    },
    members=(
        ExtensionMember("citext", "type", "public", "citext"),
        ExtensionMember("hstore", "type", "public", "hstore"),
        ExtensionMember("postgis", "type", "gis", "geometry"),
        ExtensionMember("postgis", "function", "gis", "st_area"),
    ),
)
TYPES = Types(SOURCE)


@pytest.mark.parametrize(
    "kept",
    [
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "boolean",
        "date",
        "uuid",
        "text",
        "bytea",
        "json",
        "jsonb",
        "interval",
        "interval day to second(3)",
        "numeric(10,2)",
        "character(4096)",
        "character varying",
        "character varying(65535)",
        "time without time zone",
        "time(3) with time zone",
        "timestamp(6) without time zone",
        "timestamp with time zone",
        "app.code",
    ],
)
def test_what_dsql_has_is_kept_and_read_as_it_is(kept: str) -> None:
    kind = TYPES.new_type(kept)
    assert (kind.type_name, kind.reason, kind.read, kind.is_alike) == (kept, "", "{}", True)


@pytest.mark.parametrize(
    ("was", "becomes", "read", "is_alike"),
    [
        ("money", "numeric(19,2)", "{}::numeric", False),
        ("numeric", "numeric(38,12)", "{}", True),
        ("xml", "text", "{}::text", False),
        ("inet", "text", "{}::text", False),
        ("cidr", "text", "{}::text", False),
        ("bit(3)", "text", "{}::text", False),
        ("bit varying(5)", "text", "{}::text", False),
        ("tsvector", "text", "{}::text", False),
        ("int4range", "text", "{}::text", False),
        ("tstzmultirange", "text", "{}::text", False),
        ("name", "text", "{}::text", True),
        ('"char"', "text", "{}::text", True),
        ("oid", "bigint", "{}::bigint", True),
        ("regclass", "text", "{}::text", False),
        ("pg_lsn", "text", "{}::text", False),
        ("character(4097)", "text", "{}::text", True),
        ("character varying(65536)", "text", "{}::text", True),
        ("text[]", "jsonb", "pg_catalog.to_jsonb({})", False),
        ("numeric(10,2)[]", "jsonb", "pg_catalog.to_jsonb({})", False),
        ("app.mood[]", "jsonb", "pg_catalog.to_jsonb({})", False),
        ("app.mood", "text", "{}::text", True),
        ("app.pair", "jsonb", "pg_catalog.to_jsonb({})", False),
        ("app.span", "text", "{}::text", False),
        ("public.own", "text", "{}::text", False),
        ("public.citext", "text", "{}::text", True),
        ("public.hstore", "jsonb", "{}::jsonb", False),
        ("gis.geometry(Point,4326)", "text", "{}::text", False),
        ("app.codes", "app.codes", "pg_catalog.to_jsonb({})", False),
    ],
)
def test_what_dsql_lacks_becomes_another_type(
    was: str, becomes: str, read: str, is_alike: bool
) -> None:
    kind = TYPES.new_type(was)
    assert (kind.type_name, kind.read, kind.is_alike) == (becomes, read, is_alike)
    assert kind.reason or becomes == was


def test_every_type_that_the_rules_refuse_becomes_one_that_they_do_not() -> None:
    for name in sorted(rules._REFUSED_TYPES):
        kind = TYPES.new_type(name.lower())
        assert kind.type_name != name.lower()
        assert not rules.objections(f"CREATE TABLE t (c {kind.type_name})")


def test_an_enum_keeps_its_labels_for_a_check() -> None:
    assert TYPES.new_type("app.mood").labels == ("good", "it's bad")


@pytest.mark.parametrize(
    ("type_name", "is_key"),
    [
        ("bigint", True),
        ("timestamp(3) with time zone", True),
        ("numeric(10,2)", True),
        ("app.code", True),
        ("bytea", False),
        ("jsonb", False),
        ("interval day to second(3)", False),
        ("time(3) with time zone", False),
        ("app.blob", False),
        ("app.codes", False),
    ],
)
def test_a_key_needs_a_type_with_an_order(type_name: str, is_key: bool) -> None:
    assert TYPES.is_key_type(type_name) is is_key


def test_an_expression_has_the_new_names_of_types() -> None:
    sql = "(status = ANY (ARRAY['good'::app.mood, 'x'::\"app\".mood]))"
    assert TYPES.in_expression(sql) == "(status = ANY (ARRAY['good'::text, 'x'::text]))"
    assert TYPES.in_expression("('app.mood'::text || x.mood)") == "('app.mood'::text || x.mood)"
    assert TYPES.in_expression("VALUE::app.code") == "VALUE::app.code"


def test_another_precision_of_numbers_can_be_chosen() -> None:
    assert Types(SOURCE, "numeric(20,4)").new_type("numeric").type_name == "numeric(20,4)"
