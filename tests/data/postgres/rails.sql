-- What a Rails application has: its own tables, Active Storage, Action Text and Solid Queue.
CREATE SCHEMA rails;
SET search_path = rails;
CREATE TABLE schema_migrations (version character varying NOT NULL PRIMARY KEY);
CREATE TABLE ar_internal_metadata (
    key character varying NOT NULL PRIMARY KEY,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE accounts (
    id bigserial PRIMARY KEY,
    name character varying NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags character varying[] DEFAULT '{}'::character varying[],
    created_at timestamp(6) without time zone NOT NULL DEFAULT now()
);
CREATE INDEX index_accounts_on_settings ON accounts USING gin (settings);
CREATE TABLE users (
    id bigserial PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts (id),
    email character varying DEFAULT ''::character varying NOT NULL,
    encrypted_password character varying DEFAULT ''::character varying NOT NULL,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_ip inet,
    discarded_at timestamp(6) without time zone
);
CREATE UNIQUE INDEX index_users_on_email ON users USING btree (lower((email)::text))
    WHERE (discarded_at IS NULL);
CREATE INDEX index_users_on_account_id ON users (account_id);
CREATE TABLE active_storage_blobs (
    id bigserial PRIMARY KEY, key character varying NOT NULL, filename character varying NOT NULL,
    content_type character varying, metadata text, service_name character varying NOT NULL,
    byte_size bigint NOT NULL, checksum character varying
);
CREATE UNIQUE INDEX index_active_storage_blobs_on_key ON active_storage_blobs (key);
CREATE TABLE active_storage_attachments (
    id bigserial PRIMARY KEY, name character varying NOT NULL, record_type character varying NOT NULL,
    record_id bigint NOT NULL, blob_id bigint NOT NULL REFERENCES active_storage_blobs (id)
);
CREATE UNIQUE INDEX index_active_storage_attachments_uniqueness
    ON active_storage_attachments (record_type, record_id, name, blob_id);
CREATE TABLE active_storage_variant_records (
    id bigserial PRIMARY KEY, blob_id bigint NOT NULL REFERENCES active_storage_blobs (id),
    variation_digest character varying NOT NULL
);
CREATE TABLE action_text_rich_texts (
    id bigserial PRIMARY KEY, name character varying NOT NULL, body text,
    record_type character varying NOT NULL, record_id bigint NOT NULL
);
CREATE TABLE posts (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title character varying(200), status integer DEFAULT 0 NOT NULL, score numeric,
    published_at timestamp(6) without time zone
);
CREATE INDEX index_posts_recent ON posts (user_id, published_at DESC NULLS LAST);
CREATE TABLE comments (
    id bigserial PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts (id),
    parent_id bigint REFERENCES comments (id), body text NOT NULL
);
CREATE TABLE solid_queue_jobs (
    id bigserial PRIMARY KEY, queue_name character varying NOT NULL, class_name character varying NOT NULL,
    arguments text, priority integer DEFAULT 0 NOT NULL, active_job_id character varying,
    scheduled_at timestamp(6) without time zone, finished_at timestamp(6) without time zone
);
CREATE INDEX index_solid_queue_jobs_for_filtering ON solid_queue_jobs (queue_name, finished_at);
CREATE TABLE solid_queue_ready_executions (
    id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES solid_queue_jobs ON DELETE CASCADE,
    queue_name character varying NOT NULL, priority integer DEFAULT 0 NOT NULL
);
CREATE TABLE solid_queue_claimed_executions (
    id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES solid_queue_jobs ON DELETE CASCADE,
    process_id bigint
);
CREATE TABLE solid_queue_blocked_executions (
    id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES solid_queue_jobs ON DELETE CASCADE,
    concurrency_key character varying NOT NULL, expires_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE solid_queue_failed_executions (
    id bigserial PRIMARY KEY, job_id bigint NOT NULL UNIQUE REFERENCES solid_queue_jobs ON DELETE CASCADE,
    error text
);
CREATE TABLE solid_queue_processes (
    id bigserial PRIMARY KEY, kind character varying NOT NULL, pid integer NOT NULL,
    hostname character varying, last_heartbeat_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE solid_queue_semaphores (
    id bigserial PRIMARY KEY, key character varying NOT NULL UNIQUE, value integer DEFAULT 1 NOT NULL
);
INSERT INTO schema_migrations VALUES ('20260101000000');
INSERT INTO accounts (name, tags) SELECT 'account ' || n, ARRAY['a', 'b"c', NULL]
    FROM generate_series(1, 5) n;
INSERT INTO users (account_id, email, current_sign_in_ip)
    SELECT 1 + n % 5, 'user' || n || '@example.com', '10.0.0.1' FROM generate_series(1, 30) n;
INSERT INTO posts (user_id, title, score)
    SELECT 1 + n % 30, 'Post ' || n, n / 8.0 FROM generate_series(1, 100) n;
INSERT INTO comments (post_id, parent_id, body)
    SELECT 1 + n % 100, nullif(n / 2, 0), E'line\nline \\ ' || n FROM generate_series(1, 100) n;
