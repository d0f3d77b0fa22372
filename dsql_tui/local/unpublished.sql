-- Functions of `sys` that a live cluster lists (facts 5.1, LIVE-A, August 2026) while nobody has
-- published what they take or answer: both are guesses here, `unsure`, kept in this file alone. A
-- client that lists the service's 17 functions finds 17.

-- Numbers of states, in the order in which a job goes through them.
CREATE FUNCTION sys.decode_job_status(status integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (ARRAY['submitted', 'processing', 'completed', 'failed'])[status + 1]
$$;

-- Older pages of the user guide have one state more.
CREATE FUNCTION sys.decode_job_ext_status(status integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (ARRAY['submitted', 'processing', 'completed', 'failed', 'canceled'])[status + 1]
$$;

CREATE FUNCTION sys.decode_job_statement(statement bytea) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT convert_from(statement, 'UTF8') $$;

CREATE FUNCTION sys.job_err_msg(job_id text) RETURNS text
  LANGUAGE sql STABLE STRICT AS $$
  SELECT nullif(j.details, '') FROM sys.jobs j WHERE j.job_id = job_err_msg.job_id
$$;

CREATE FUNCTION sys.fetch_seq_data_tuple(sequence regclass)
  RETURNS TABLE (last_value bigint, log_cnt bigint, is_called boolean)
  LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT s.last_value, s.log_cnt, s.is_called FROM %s s', sequence);
END
$$;

CREATE FUNCTION sys.get_key_desc(index regclass) RETURNS text
  LANGUAGE sql STABLE STRICT AS $$
  SELECT '(' || string_agg(pg_get_indexdef(i.indexrelid, key, true), ', ' ORDER BY key) || ')'
    FROM pg_catalog.pg_index i, generate_series(1, i.indnkeyatts) AS key
    WHERE i.indexrelid = index
$$;
