-- A shop that rents films: what a textbook's database has.
CREATE SCHEMA rental;
SET search_path = rental;
CREATE TYPE rating AS ENUM ('all', 'from 6', 'from 12', 'from 16', 'adults');
CREATE DOMAIN year_made AS integer CHECK (VALUE >= 1895 AND VALUE <= 2155);
CREATE SEQUENCE receipt_number START 1000;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE TABLE country (id serial PRIMARY KEY, name text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE city (
    id serial PRIMARY KEY, name text NOT NULL,
    country_id integer NOT NULL REFERENCES country ON UPDATE CASCADE ON DELETE RESTRICT,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX city_country ON city (country_id);
CREATE TABLE address (
    id serial PRIMARY KEY, street text NOT NULL, city_id integer NOT NULL REFERENCES city,
    place point, phone varchar(20)
);
CREATE INDEX address_place ON address USING gist (place);
CREATE TABLE language (id smallserial PRIMARY KEY, name char(20) NOT NULL);
CREATE TABLE film (
    id serial PRIMARY KEY, title text NOT NULL, description text, made year_made,
    language_id smallint NOT NULL REFERENCES language, rate numeric(4, 2) NOT NULL DEFAULT 4.99,
    rating rating DEFAULT 'all'::rating, features text[], fulltext tsvector NOT NULL,
    length smallint, replacement_cost money DEFAULT 19.99
);
CREATE INDEX film_fulltext ON film USING gist (fulltext);
CREATE INDEX film_title ON film (title);
CREATE TABLE actor (id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL);
CREATE INDEX actor_last_name ON actor USING hash (last_name);
CREATE TABLE film_actor (
    film_id integer REFERENCES film, actor_id integer REFERENCES actor, PRIMARY KEY (film_id, actor_id)
);
CREATE TABLE category (id serial PRIMARY KEY, name text NOT NULL UNIQUE DEFERRABLE);
CREATE TABLE film_category (
    film_id integer REFERENCES film, category_id integer REFERENCES category, PRIMARY KEY (film_id, category_id)
);
CREATE TABLE store (id serial PRIMARY KEY, address_id integer NOT NULL REFERENCES address);
CREATE TABLE staff (
    id serial PRIMARY KEY, first_name text NOT NULL, store_id integer NOT NULL REFERENCES store,
    username text NOT NULL, picture bytea, active boolean NOT NULL DEFAULT true
);
ALTER TABLE store ADD COLUMN manager_id integer REFERENCES staff;
CREATE TABLE customer (
    id serial PRIMARY KEY, store_id integer NOT NULL REFERENCES store, name text NOT NULL,
    email text, address_id integer NOT NULL REFERENCES address, created date NOT NULL DEFAULT current_date,
    updated_at timestamptz DEFAULT now()
);
CREATE TABLE inventory (
    id serial PRIMARY KEY, film_id integer NOT NULL REFERENCES film, store_id integer NOT NULL REFERENCES store
);
CREATE TABLE rental (
    id serial PRIMARY KEY, period tstzrange NOT NULL, inventory_id integer NOT NULL REFERENCES inventory,
    customer_id integer NOT NULL REFERENCES customer,
    EXCLUDE USING gist (period WITH &&)
);
CREATE TABLE payment (
    id bigint GENERATED ALWAYS AS IDENTITY, customer_id integer NOT NULL REFERENCES customer,
    amount numeric(5, 2) NOT NULL, paid_at timestamptz NOT NULL, receipt bigint DEFAULT nextval('receipt_number'),
    PRIMARY KEY (paid_at, id)
) PARTITION BY RANGE (paid_at);
CREATE TABLE payment_2025 PARTITION OF payment FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE payment_2026 PARTITION OF payment FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX payment_customer ON payment (customer_id) INCLUDE (amount);
CREATE TRIGGER touch_country BEFORE UPDATE ON country FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch_city BEFORE UPDATE ON city FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER fulltext BEFORE INSERT OR UPDATE ON film FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE VIEW film_list AS
    SELECT f.id, f.title, f.rating, c.name AS category FROM film f
    JOIN film_category fc ON fc.film_id = f.id JOIN category c ON c.id = fc.category_id
    WHERE f.rating <> 'adults'::rating;
CREATE VIEW film_features AS SELECT id, unnest(features) AS feature FROM film;
CREATE VIEW feature_count AS SELECT feature, count(*) FROM film_features GROUP BY feature;
CREATE MATERIALIZED VIEW sales AS SELECT customer_id, sum(amount) AS total FROM payment GROUP BY 1;
CREATE FUNCTION film_title(integer) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT title FROM rental.film WHERE id = $1 $$;
CREATE FUNCTION in_stock(film integer) RETURNS integer LANGUAGE plpgsql
    AS $$ BEGIN RETURN (SELECT count(*) FROM rental.inventory WHERE film_id = film); END $$;
CREATE AGGREGATE join_all(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
COMMENT ON TABLE film IS 'What is rented; it''s "film" here';
COMMENT ON COLUMN film.made IS 'Year';
INSERT INTO country (name) SELECT 'Country ' || n FROM generate_series(1, 10) n;
INSERT INTO city (name, country_id) SELECT 'City ' || n, 1 + n % 10 FROM generate_series(1, 40) n;
INSERT INTO address (street, city_id, place) SELECT 'Street ' || n, 1 + n % 40, point(n, -n) FROM generate_series(1, 60) n;
INSERT INTO language (name) VALUES ('English'), ('Français'), ('日本語');
INSERT INTO film (title, made, language_id, rating, features, length, replacement_cost)
    SELECT 'Film ' || n, 1900 + n % 120, 1 + n % 3, (enum_range(NULL::rating))[1 + n % 5],
           ARRAY['Trailer', 'Scenes'], 90 + n % 60, 10 + n % 20 FROM generate_series(1, 200) n;
INSERT INTO actor (first_name, last_name) SELECT 'A' || n, 'B' || n % 7 FROM generate_series(1, 50) n;
INSERT INTO film_actor SELECT f, 1 + (f * 7 + k) % 50 FROM generate_series(1, 200) f, generate_series(0, 2) k;
INSERT INTO category (name) VALUES ('Drama'), ('Comedy'), ('Science');
INSERT INTO film_category SELECT n, 1 + n % 3 FROM generate_series(1, 200) n;
INSERT INTO store (address_id) VALUES (1), (2);
INSERT INTO staff (first_name, store_id, username, picture) VALUES ('Mia', 1, 'mia', '\x00ff5c'), ('Jo', 2, 'jo', NULL);
UPDATE store SET manager_id = id;
INSERT INTO customer (store_id, name, address_id) SELECT 1 + n % 2, 'Customer ' || n, 1 + n % 60 FROM generate_series(1, 100) n;
INSERT INTO inventory (film_id, store_id) SELECT 1 + n % 200, 1 + n % 2 FROM generate_series(1, 400) n;
INSERT INTO rental (period, inventory_id, customer_id)
    SELECT tstzrange(timestamptz '2025-01-01' + n * interval '1 day', timestamptz '2025-01-01' + (n + 1) * interval '1 day'),
           1 + n % 400, 1 + n % 100 FROM generate_series(1, 300) n;
INSERT INTO payment (customer_id, amount, paid_at)
    SELECT 1 + n % 100, n % 90 + 0.99, timestamptz '2025-06-01' + n * interval '1 day' FROM generate_series(1, 400) n;
