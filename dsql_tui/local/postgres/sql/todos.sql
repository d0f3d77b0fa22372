-- The single-Region sample: one table, ready to be played with.

SET SESSION AUTHORIZATION admin;

CREATE TABLE public.todos (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  done boolean NOT NULL DEFAULT false,
  priority integer NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
  due_on date,
  created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO public.todos (id, title, done, priority, due_on, created_at)
  SELECT md5('todo ' || n)::uuid,
         (ARRAY['Write', 'Review', 'Plan', 'Fix', 'Measure', 'Call about'])[1 + n % 6] || ' '
           || (ARRAY['the release notes', 'a slow query', 'the index on orders', 'the team lunch',
                     'a failing test', 'the retry loop', 'the backup'])[1 + n % 7],
         n % 3 = 0,
         1 + n % 5,
         CASE WHEN n % 4 > 0 THEN date '2026-11-01' + n % 60 END,
         timestamptz '2026-10-01 08:00:00+00' + n * interval '3 hours 7 minutes'
    FROM generate_series(1, 60) AS n;

CREATE INDEX todos_due_on_idx ON public.todos (due_on);

CREATE ROLE app_rw LOGIN;

CREATE ROLE app_ro LOGIN;

GRANT SELECT, INSERT, UPDATE, DELETE ON public.todos TO app_rw;

GRANT SELECT ON public.todos TO app_ro;

CALL pg_dsql_iam_grant('app_rw', 'arn:aws:iam::000000000000:role/app-rw');

CALL pg_dsql_iam_grant('app_ro', 'arn:aws:iam::000000000000:role/app-ro');

SET SESSION AUTHORIZATION postgres;

SELECT pg_dsql.adopt_table(oid), pg_dsql.measure(oid) FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;

ANALYZE public.todos;
