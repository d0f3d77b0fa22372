"""Known differences between the local DSQL and the service, printed by `local status`."""

from __future__ import annotations

from typing import Final

DIFFERENCES: Final = (
    "Rows are stored in PostgreSQL 16 without fsync; speed, plans and costs do not predict AWS's.",
    "Host names are not in DNS: clients connect to 127.0.0.1, its port, and trust its own CA.",
    "A database has 397 sessions at most, fewer if ulimit -n is low; the AWS API uses plain HTTP.",
    "Both Regions of a pair share one database on this machine; only commit delay is simulated.",
    "After a conflict, a transaction sees its writes in tables up to 64 MiB, not in functions.",
    "An unsynced pipeline, or a statement whose rows are not read, holds its locks; others wait.",
    "Relations created since BEGIN are hidden, except in pipelines; columns and functions are not.",
    "A committed FOR UPDATE conflicts only with transactions that already hold the row.",
    "COPY reports a conflict at once, not at COMMIT.",
    "If an index uses a user-defined function, keys deleted since the snapshot can be reused.",
    "OC001 reaches sessions that used the relation; all others with --schema-conflicts strict.",
    "Jobs run one at a time, after job-time; a table's statements wait while its index is built.",
    "When tables are analyzed, and arguments of six sys functions, are guesses (unpublished.sql).",
    "User-defined views and functions that read pg_catalog also see objects named pg_dsql….",
    "The limit of 1 MiB for text and bytea applies before compression; in DSQL it applies after.",
    "Keys computed by user-defined functions, and included columns, are limited to 2,704 bytes.",
    "An index has at most 32 columns; compression shown as lz4 is pglz.",
    "Geometric types work in queries; DSQL also refuses line(…) and circle(…) there.",
    "IAM has one user with all permissions, and roles that trust this user.",
    "EXPLAIN imitates DSQL's scans and joins in text plans; costs and other formats do not.",
    "DPU and metrics use the published formulas; the width of rows that are read is estimated.",
    "Metrics and client tokens are lost when it stops; metric math and alarms are not supported.",
    "IDLE after 10 and INACTIVE after 60 minutes without a session are guesses, as is UPDATING.",
    "Streams and KMS keys have states only: nothing is streamed or encrypted.",
    "A cluster's policy can only deny; conditions that cannot be evaluated are refused.",
    "AWS APIs: dsql, sts, cloudwatch and tagging; all others return 501.",
    "Reports differ on failed unique indexes, unknown roles and more: see local set --help.",
    "Unpublished texts are marked `unsure` in refusals.tsv and answers.py.",
)
