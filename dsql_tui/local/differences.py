"""Known differences between the local DSQL and the service, printed by `local status`."""

from __future__ import annotations

from typing import Final

DIFFERENCES: Final = (
    "It stores rows in PostgreSQL 16, without fsync: speed, plans and costs say nothing of AWS.",
    "Its names are in no DNS: clients dial 127.0.0.1, its own port, with a CA of its own.",
    "It takes 397 sessions a database, fewer if ulimit -n is low; its AWS endpoint is plain HTTP.",
    "Two Regions are one database on this machine; only a commit's delay can be imitated.",
    "A transaction that lost sees its own writes in copies of tables up to 64 MiB, no function's.",
    "A batch without its Sync, and a statement whose rows nobody reads, keep locks: others wait.",
    "A FOR UPDATE that has committed beats who held the row by then, not who writes it later.",
    "COPY hears of a conflict at once, not at COMMIT.",
    "If an index calls a function of yours, keys deleted since the snapshot can be inserted again.",
    "OC001 reaches who touched the relation; every other session by --schema-conflicts strict.",
    "Jobs run one by one, after job-time; a table's statements wait while its index is built.",
    "When tables are analysed, and what six of sys's functions take, is guessed (unpublished.sql).",
    "A view or function of yours that reads pg_catalog sees the stand-in's own objects, pg_dsql….",
    "Texts and bytea may have 1 MiB before they are compressed; DSQL asks afterwards.",
    "Keys that functions of yours make, and what an index includes, end at 2,704 bytes.",
    "An index has 32 columns at most; what is shown as compressed by lz4 is so by pglz.",
    "Geometric types work in queries; DSQL refuses line(…) and circle(…) there too.",
    "IAM knows one user, who may do everything, and roles that trust that user.",
    "EXPLAIN retells scans and loops in text plans; costs and other formats are PostgreSQL's.",
    "DPU and metrics follow the published formulas; how wide a read row is, is an estimate.",
    "Metrics and client tokens end with it; metric expressions and alarms do not exist.",
    "IDLE after 10 and INACTIVE after 60 minutes without a session are guesses, as is UPDATING.",
    "Streams and KMS keys are kept as states: nothing is streamed, nothing encrypted.",
    "A cluster's policy takes away and never gives; conditions it cannot evaluate are refused.",
    "Of AWS there are dsql, sts, cloudwatch and tagging; everything else answers 501.",
    "Reports differ on failed unique indexes, unknown roles and more: see local set --help.",
    "Texts that nobody has published are marked `unsure` in refusals.tsv and answers.py.",
)
