-- The multi-Region sample: a small shop. The same rows on every machine: what looks random is
-- taken from md5 sums.

SET SESSION AUTHORIZATION admin;

CREATE TABLE public.customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  country char(2) NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE public.products (
  id bigint PRIMARY KEY,
  sku text NOT NULL UNIQUE,
  name text NOT NULL,
  category text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price >= 0),
  attributes jsonb NOT NULL,
  discontinued boolean NOT NULL DEFAULT false
);

CREATE TABLE public.inventory (
  product_id bigint REFERENCES public.products (id),
  warehouse text,
  quantity integer NOT NULL CHECK (quantity >= 0),
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (product_id, warehouse)
);

CREATE TABLE public.orders (
  id uuid PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES public.customers (id),
  status text NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
  placed_at timestamptz NOT NULL,
  note text
);

CREATE TABLE public.order_items (
  order_id uuid REFERENCES public.orders (id) ON DELETE CASCADE,
  line integer,
  product_id bigint NOT NULL REFERENCES public.products (id),
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price numeric(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);

-- A whole number below `range` that depends on nothing but `seed`.
CREATE FUNCTION pg_temp.pick(seed text, range integer) RETURNS integer LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5(seed), 1, 7))::bit(28)::integer % range $$;

INSERT INTO public.customers
  SELECT n, first || ' ' || last, lower(first || '.' || last || n || '@example.com'),
         (ARRAY['US', 'DE', 'FR', 'GB', 'JP', 'IN', 'BR', 'CA'])[1 + pg_temp.pick('country' || n, 8)],
         timestamptz '2025-01-01 00:00:00+00' + pg_temp.pick('since' || n, 60000000) * interval '1 second'
    FROM generate_series(1, 400) AS n,
         LATERAL (SELECT (ARRAY['Ada', 'Grace', 'Linus', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken',
                                'Frances', 'Alan', 'Zoë', 'Jürgen', 'Noémie', 'Akira', 'Priya'])
                           [1 + pg_temp.pick('first' || n, 15)] AS first,
                         (ARRAY['Lovelace', 'Hopper', 'Torvalds', 'Liskov', 'Knuth', 'Perlman', 'Thompson',
                                'Allen', 'Turing', 'Garcia', 'Schmidt', 'Dubois', 'Tanaka', 'Rao'])
                           [1 + pg_temp.pick('last' || n, 14)] AS last) AS names;

INSERT INTO public.products
  SELECT n, 'SKU-' || lpad(n::text, 5, '0'), material || ' ' || thing,
         (ARRAY['home', 'office', 'garden', 'travel', 'kitchen'])[1 + pg_temp.pick('category' || n, 5)],
         (199 + pg_temp.pick('price' || n, 24800)) / 100.0,
         jsonb_build_object('colour', (ARRAY['red', 'green', 'blue', 'black', 'white'])
                                        [1 + pg_temp.pick('colour' || n, 5)],
                            'weight_g', 50 + pg_temp.pick('weight' || n, 4000)),
         pg_temp.pick('discontinued' || n, 20) = 0
    FROM generate_series(1, 200) AS n,
         LATERAL (SELECT (ARRAY['Oak', 'Steel', 'Linen', 'Glass', 'Bamboo', 'Copper', 'Wool', 'Marble'])
                           [1 + pg_temp.pick('material' || n, 8)] AS material,
                         (ARRAY['lamp', 'chair', 'mug', 'notebook', 'backpack', 'kettle', 'planter',
                                'blanket', 'desk', 'bottle', 'clock', 'tray'])
                           [1 + pg_temp.pick('thing' || n, 12)] AS thing) AS names;

INSERT INTO public.inventory
  SELECT p.id, w, pg_temp.pick('stock' || p.id || w, 500),
         timestamptz '2026-11-01 00:00:00+00' + pg_temp.pick('counted' || p.id || w, 1700000) * interval '1 second'
    FROM public.products p, unnest(ARRAY['iad', 'cmh']) AS w;

INSERT INTO public.orders
  SELECT md5('order' || n)::uuid, 1 + pg_temp.pick('customer' || n, 400),
         (ARRAY['pending', 'paid', 'shipped', 'delivered', 'delivered', 'cancelled'])
           [1 + pg_temp.pick('status' || n, 6)],
         timestamptz '2026-01-01 00:00:00+00' + n * interval '4 hours 20 minutes',
         CASE WHEN n % 7 = 0 THEN (ARRAY['Please ring twice.', 'Gift wrap', ''])[1 + pg_temp.pick('note' || n, 3)] END
    FROM generate_series(1, 1800) AS n;

INSERT INTO public.order_items
  SELECT md5('order' || n)::uuid, line, p.id, 1 + pg_temp.pick('quantity' || n || line, 4), p.price
    FROM generate_series(1, 1800) AS n,
         generate_series(1, 1 + pg_temp.pick('lines' || n, 3)) AS line,
         LATERAL (SELECT id, price FROM public.products
                   WHERE id = 1 + pg_temp.pick('product' || n || line, 200)) AS p;

CREATE INDEX orders_customer_id_idx ON public.orders (customer_id);

CREATE INDEX orders_placed_at_idx ON public.orders (placed_at);

CREATE INDEX order_items_product_id_idx ON public.order_items (product_id);

CREATE VIEW public.order_totals AS
  SELECT o.id, o.customer_id, o.status, o.placed_at, sum(i.quantity * i.unit_price) AS total
    FROM public.orders o JOIN public.order_items i ON i.order_id = o.id
    GROUP BY o.id;

DROP FUNCTION pg_temp.pick(text, integer);

CREATE ROLE app_rw LOGIN;

CREATE ROLE app_ro LOGIN;

GRANT SELECT, INSERT, UPDATE, DELETE
  ON public.customers, public.products, public.inventory, public.orders, public.order_items TO app_rw;

GRANT SELECT ON public.order_totals TO app_rw;

GRANT SELECT ON public.customers, public.products, public.inventory, public.orders,
  public.order_items, public.order_totals TO app_ro;

CALL pg_dsql_iam_grant('app_rw', 'arn:aws:iam::000000000000:role/app-rw');

CALL pg_dsql_iam_grant('app_ro', 'arn:aws:iam::000000000000:role/app-ro');

SET SESSION AUTHORIZATION postgres;

SELECT pg_dsql.adopt_table(oid), pg_dsql.measure(oid) FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;

ANALYZE;
