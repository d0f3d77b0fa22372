-- Functions of `sys` that a live cluster lists (facts 5.1, LIVE-A, August 2026) while nobody has
-- published what they take or answer: both are guesses here, `unsure`, kept in this file alone. A
-- client that lists the service's 17 functions finds 17.

-- Numbers of states, in the order in which a job goes through them.
CREATE OR REPLACE FUNCTION sys.decode_job_status(status integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC
  SELECT (ARRAY['submitted', 'processing', 'completed', 'failed'])[status + 1];
END;

-- Older pages of the user guide have one state more.
CREATE OR REPLACE FUNCTION sys.decode_job_ext_status(status integer) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC
  SELECT (ARRAY['submitted', 'processing', 'completed', 'failed', 'canceled'])[status + 1];
END;

CREATE OR REPLACE FUNCTION sys.decode_job_statement(statement bytea) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC
  SELECT convert_from(statement, 'UTF8');
END;

CREATE OR REPLACE FUNCTION sys.job_err_msg(job_id text) RETURNS text
  LANGUAGE sql STABLE STRICT BEGIN ATOMIC
  SELECT nullif(j.details, '') FROM sys.jobs j WHERE j.job_id = job_err_msg.job_id;
END;

CREATE OR REPLACE FUNCTION sys.fetch_seq_data_tuple(sequence regclass)
  RETURNS TABLE (last_value bigint, log_cnt bigint, is_called boolean)
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT s.last_value, s.log_cnt, s.is_called FROM %s s', sequence);
END
$$;

CREATE OR REPLACE FUNCTION sys.get_key_desc(index regclass) RETURNS text
  LANGUAGE sql STABLE STRICT BEGIN ATOMIC
  SELECT '(' || string_agg(pg_get_indexdef(i.indexrelid, key, true), ', ' ORDER BY key) || ')'
    FROM pg_catalog.pg_index i, generate_series(1, i.indnkeyatts) AS key
    WHERE i.indexrelid = index;
END;
