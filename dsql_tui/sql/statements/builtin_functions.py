"""Common built-in functions, for completion and for classifying statements.

Names from `pg_proc` of PostgreSQL 16, less what only operators, types and index methods use, and
less what has no use in DSQL (geometry, network, XML, large objects, full-text dictionaries, backup
and replication); the `sys` functions from a recorded list of a DSQL cluster (September 2026).
"""

from __future__ import annotations

from dsql_tui.sql.lexing.keywords import words

AGGREGATES = words(
    """
    any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp
    every json_agg json_object_agg jsonb_agg jsonb_object_agg max min mode percentile_cont
    percentile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
    regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
    """
)
WINDOW = words(
    """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number
    """
)
SCALAR = words(
    """
    abs acos age array_append array_cat array_dims array_fill array_length array_lower array_ndims
    array_position array_positions array_prepend array_remove array_replace array_to_json
    array_to_string array_upper ascii asin atan atan2 bit_count bit_length btrim cardinality cbrt
    ceil ceiling char_length character_length chr clock_timestamp coalesce col_description concat
    concat_ws convert convert_from convert_to cos cot current_catalog current_database current_date
    current_query current_role current_schema current_schemas current_setting current_time
    current_timestamp current_user currval date_bin date_part date_trunc decode degrees div encode
    exp extract factorial floor format format_type gcd gen_random_uuid generate_series
    generate_subscripts get_bit get_byte greatest has_column_privilege has_database_privilege
    has_function_privilege has_schema_privilege has_sequence_privilege has_table_privilege initcap
    is_normalized isempty isfinite json_array_elements json_array_elements_text json_array_length
    json_build_array json_build_object json_each json_each_text json_extract_path
    json_extract_path_text json_object json_object_keys json_populate_record
    json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
    jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
    jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query
    jsonb_path_query_array jsonb_path_query_first jsonb_populate_record jsonb_populate_recordset
    jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
    jsonb_typeof justify_days justify_hours justify_interval lastval lcm least left length ln
    localtime localtimestamp log log10 lower lower_inc lower_inf lpad ltrim make_date make_interval
    make_time make_timestamp make_timestamptz md5 min_scale mod normalize now nullif num_nonnulls
    num_nulls obj_description octet_length overlaps overlay parse_ident pg_column_size
    pg_get_constraintdef pg_get_expr pg_get_function_arguments pg_get_functiondef pg_get_indexdef
    pg_get_serial_sequence pg_get_userbyid pg_get_viewdef pg_has_role pg_sleep pg_table_is_visible
    pg_typeof pi plainto_tsquery position pow power quote_ident quote_literal quote_nullable
    radians random random_normal regexp_count regexp_instr regexp_like regexp_match regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse
    right round row_to_json rpad rtrim scale session_user set_bit set_byte sha224 sha256 sha384
    sha512 sign sin split_part sqrt starts_with statement_timestamp string_to_array string_to_table
    strpos substr substring tan timeofday to_char to_date to_hex to_json to_jsonb to_number
    to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trim_array trim_scale
    trunc unistr unnest upper upper_inc upper_inf user version websearch_to_tsquery width_bucket
    """
)
SYS = words(
    """
    base32_str_to_uuid base_type_oid cluster_size cluster_size_limit current_session_id
    current_transaction_id dsql_major_version iam_session_user supported_datatypes
    uuid_to_base32_str wait_for_job
    """
)
"""In the schema `sys`; `wait_for_job` is a procedure."""
SEQUENCE_WRITERS = frozenset({"nextval", "setval"})
"""They change a sequence, and a read-only transaction refuses them."""
WITHOUT_PARENTHESES = words(
    """
    current_catalog current_date current_role current_time current_timestamp current_user localtime
    localtimestamp session_user user
    """
)
BUILT_IN = AGGREGATES | WINDOW | SCALAR | SEQUENCE_WRITERS
