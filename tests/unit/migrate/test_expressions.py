"""Names in expressions that PostgreSQL printed with an empty search path."""

from __future__ import annotations

import pytest

from dsql_tui.migrate import expressions


@pytest.mark.parametrize(
    ("default", "sequence"),
    [
        ("nextval('public.t_id_seq'::regclass)", ("public", "t_id_seq")),
        ("nextval('\"A b\".\"c''d.e\"'::regclass)", ("A b", "c'd.e")),
        ("nextval('t_id_seq'::regclass)", None),
        ("(nextval('public.s'::regclass) + 1)", None),
        ("'nextval'::text", None),
        ("", None),
    ],
)
def test_the_sequence_of_a_default_is_found(default: str, sequence: tuple[str, str] | None) -> None:
    assert expressions.sequence_of(default) == sequence


@pytest.mark.parametrize(
    ("default", "constant"),
    [
        ("'new'::app.status", "new"),
        ("'it''s'::text", "it's"),
        ("(19.99)::money", "19.99"),
        ("7", "7"),
        ("'{}'::text[]", "{}"),
        ("('a'::text || 'b'::text)", None),
        ("'a'::text || 'b'::text", None),
        ("now()", None),
        ("NULL::text", None),
        ("", None),
    ],
)
def test_a_constant_is_told_from_an_expression(default: str, constant: str | None) -> None:
    assert expressions.constant_of(default) == constant


@pytest.mark.parametrize(
    ("definition", "columns"),
    [
        ("FOREIGN KEY (a) REFERENCES app.t(id)", ("id",)),
        ('FOREIGN KEY (a, b) REFERENCES "A".t("x y", z) ON DELETE SET NULL (a)', ("x y", "z")),
    ],
)
def test_the_columns_that_a_foreign_key_refers_to(
    definition: str, columns: tuple[str, ...]
) -> None:
    assert expressions.referenced_columns(definition) == columns


def test_the_first_name_of_some_is_found_but_not_in_strings_and_comments() -> None:
    names = {("app", "f"), ("app", "t")}
    assert expressions.first_of("1 + app.f(x)", names) == ("app", "f")
    assert expressions.first_of("app.t.c = 1", names) == ("app", "t")
    assert expressions.first_of("'app.f' /* app.f */ || b.app", names) is None


def test_a_word_is_found_quoted_or_not() -> None:
    assert expressions.first_word_of('("A b" > 1)', {"A b"}) == "A b"
    assert expressions.first_word_of("(Tags && x)", {"tags"}) == "tags"
    assert expressions.first_word_of("('tags'::text)", {"tags"}) is None


def test_an_operator_of_an_extension_is_found() -> None:
    assert expressions.foreign_operator("(a OPERATOR(public.%) b)") == "public.%"
    assert expressions.foreign_operator("(a OPERATOR(public.<->) b)") == "public.<->"
    assert expressions.foreign_operator("(a OPERATOR(pg_catalog.+) b)") is None
    assert expressions.foreign_operator("(a + b)") is None
