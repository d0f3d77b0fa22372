-- What Aurora DSQL lacks or has otherwise, a table for each.
CREATE SCHEMA "La""cking";
SET search_path = "La""cking", public;
CREATE EXTENSION vector SCHEMA public;
CREATE TYPE mood AS ENUM ('it''s', 'so so', 'bad');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE DOMAIN moods AS mood[] CHECK (cardinality(VALUE) < 9);
CREATE DOMAIN short AS varchar(5) DEFAULT 'x' NOT NULL CHECK (VALUE <> '');
CREATE TABLE "Capital ""Table""" ("Id" serial PRIMARY KEY, "sélect" text, "from" integer UNIQUE);
CREATE TABLE every_type (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a_money money DEFAULT '1.50', an_xml xml, an_inet inet,
    a_cidr cidr, a_mac macaddr, a_bit bit(3), a_varbit bit varying(5) DEFAULT B'101', a_search tsvector, a_box box,
    a_circle circle, a_range int4range, a_multirange int4multirange, a_number numeric, a_json json,
    an_interval interval, a_timetz timetz, a_mood mood DEFAULT 'bad', a_pair pair, a_float floats,
    some_moods mood[], a_domain moods, a_short short, a_name name, an_oid oid, a_class regclass, a_vector vector(3),
    a_char "char", a_long varchar(70000), a_matrix integer[][], a_bytea bytea, a_real real, a_date date
);
CREATE TABLE computed (
    id integer PRIMARY KEY, title text, body text, net numeric(10, 2), tax numeric(10, 2),
    gross numeric(11, 2) GENERATED ALWAYS AS (net + tax) STORED,
    search tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED
);
CREATE INDEX computed_search ON computed USING gin (search);
CREATE TABLE parent (id serial PRIMARY KEY, name text);
CREATE TABLE child (extra integer) INHERITS (parent);
CREATE UNLOGGED TABLE volatile (id serial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE secured (id serial PRIMARY KEY, owner name DEFAULT current_user);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secured USING (owner = current_user);
CREATE TABLE ruled (id serial PRIMARY KEY);
CREATE RULE keep AS ON DELETE TO ruled DO INSTEAD NOTHING;
CREATE TABLE wide_key (
    a int, b int, c int, d int, e int, f int, g int, h int, i int, PRIMARY KEY (a, b, c, d, e, f, g, h, i)
);
CREATE TABLE binary_key (hash bytea PRIMARY KEY, size bigint);
CREATE TABLE uses_binary_key (id serial PRIMARY KEY, hash bytea REFERENCES binary_key);
CREATE TABLE ordered (
    id integer PRIMARY KEY, a integer, b text, c text,
    at timestamptz, CONSTRAINT positive CHECK (a > 0) NO INHERIT
);
CREATE INDEX ordered_down ON ordered (a DESC, at);
CREATE INDEX ordered_pattern ON ordered (c text_pattern_ops);
CREATE INDEX ordered_brin ON ordered USING brin (at);
CREATE INDEX ordered_expression ON ordered ((c || '!')) WHERE a > 5;
CREATE UNIQUE INDEX ordered_nulls ON ordered (a) NULLS NOT DISTINCT;
CREATE TABLE cycle_a (id integer PRIMARY KEY, b integer);
CREATE TABLE cycle_b (id integer PRIMARY KEY, a integer REFERENCES cycle_a);
ALTER TABLE cycle_a ADD FOREIGN KEY (b) REFERENCES cycle_b;
CREATE FUNCTION checked(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 > 0; END';
CREATE FUNCTION next_label() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ''x''; END';
CREATE TABLE calls (
    id integer PRIMARY KEY, label text DEFAULT next_label(), n integer CHECK (checked(n)),
    distance double precision
);
CREATE INDEX calls_checked ON calls (checked(n));
CREATE VIEW nearest AS SELECT id, a_vector <-> '[1,2,3]' AS far FROM every_type;
CREATE VIEW checked_calls AS SELECT id FROM calls WHERE checked(n);
CREATE VIEW moody AS SELECT id FROM every_type WHERE a_mood = 'bad'::mood;
CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION sum_of(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION double(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE STATISTICS ordered_stats ON a, at FROM ordered;
CREATE TABLE audit (id bigserial, at timestamptz NOT NULL, what text) PARTITION BY HASH (id);
CREATE TABLE audit_0 PARTITION OF audit FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE audit_1 PARTITION OF audit FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE PUBLICATION everything FOR ALL TABLES;
INSERT INTO "Capital ""Table""" ("sélect", "from") VALUES (E'tab\t', 1), ('', 2), (NULL, 3);
INSERT INTO every_type VALUES (
    '11111111-1111-1111-1111-111111111111', '12.34', NULL, '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03',
    B'101', B'11', to_tsvector('a fat cat'), '(1,2),(3,4)', '<(1,2),3>', '[1,5)', '{[1,2],[5,6]}', 123.456789, '{"a": 1}',
    '1 year 2 mons 3 days 04:05:06.7', '12:00+02', 'it''s', '(1,"x,y")', '[1.5,2]', '{bad,"it''s"}', '{bad}', 'abc',
    'name', 42, 'pg_class', '[1,2,3]', 'x', repeat('é', 100), '{{1,2},{3,4}}', '\xdeadbeef', 'NaN', 'infinity'
);
INSERT INTO computed (id, title, net, tax) VALUES (1, 'The fat cats', 1, 0.19);
INSERT INTO parent (name) VALUES ('own');
INSERT INTO child (name, extra) VALUES ('inherited', 1);
INSERT INTO audit (at, what) SELECT now(), 'x' FROM generate_series(1, 20);
