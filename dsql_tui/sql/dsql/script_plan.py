"""Planning a script as transactions that Aurora DSQL accepts, and its checkpoint.

DSQL accepts one DDL statement per transaction, no DDL together with DML, at most 3,000 rows and 10
MiB of changes, and builds indexes in jobs (user guide, working-with-ddl and CHAP_quotas, September
2026). `plan_script` splits a script into steps within these limits. The code that runs them writes
a `Checkpoint` before and after each step, so that a run can be resumed and a step whose outcome is
unknown is reported as such.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.limits import TRANSACTION_BYTES, TRANSACTION_ROWS
from dsql_tui.sql.dsql.repeats import Repeat, repeat_of
from dsql_tui.sql.lexing.lexer import Inside
from dsql_tui.sql.lexing.scan import scan
from dsql_tui.sql.lexing.split import Statement, split
from dsql_tui.sql.statements.classify import StatementClass, StatementKind, classify
from dsql_tui.sql.statements.copy_data import insert_of, without_copy_data
from dsql_tui.sql.statements.inserts import count_rows, split_insert
from dsql_tui.sql.statements.sources import psql_command_in
from dsql_tui.sql.text.lines import lines_of

_BYTES_A_TRANSACTION = TRANSACTION_BYTES // 2
"""Index entries count too and cannot be foretold, so half of the limit is left for them."""
REPEAT_MARK = "/* dsql-tui: repeat until 0 rows */"
"""Written after INSERT, UPDATE or DELETE, it has the statement repeated until it changes no row.

The statement must find by itself what is left, and change few enough rows for one transaction.
"""
_REPEATED = re.compile(rf"(?:INSERT|UPDATE|DELETE)\s+{re.escape(REPEAT_MARK)}", re.IGNORECASE)


class StepKind(StrEnum):
    """How a step is run."""

    DDL = "DDL"
    ROWS = "rows"
    REPEATED = "repeated"
    SINGLE = "single"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """Statements that are committed together.

    Attributes:
        kind: DDL and SINGLE are one autocommitted statement; ROWS is a transaction of DML; a
            REPEATED statement is autocommitted until it changes no row; a SETTING belongs to the
            session and is repeated when a run is resumed.
        statements: The texts of the statements, in order.
        line: The line of the script at which the step begins, from 1.
        awaits_job: Its result has a `job_id`; that job must succeed before the next step.
        starts: Offsets in the script at which its statements begin; the parts of an INSERT that was
            split have the offset of the INSERT.
    """

    kind: StepKind
    statements: tuple[str, ...]
    line: int
    awaits_job: bool = False
    starts: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The first line of the first statement, for progress."""
        first = lines_of(self.statements[0])[0][:80]
        more = f" … and {len(self.statements) - 1} more" if len(self.statements) > 1 else ""
        return first + more

    @property
    def asks(self) -> bool:
        """Whether the user has to say if it completed before it may be run again."""
        if self.kind is StepKind.REPEATED or self._only_reads:
            return False
        return self.kind in {StepKind.ROWS, StepKind.SINGLE} or not self.repeat.is_safe

    @property
    def _only_reads(self) -> bool:
        if self.kind is not StepKind.SINGLE:
            return False
        statement_class = classify(self.statements[0])
        is_query = statement_class.kind is StatementKind.QUERY
        return is_query and not statement_class.is_write and not statement_class.unknown_effects

    @property
    def repeat(self) -> Repeat:
        """The effect of running it again."""
        return repeat_of(self.statements[0]) if self.kind is StepKind.DDL else Repeat()


@dataclass(frozen=True, slots=True)
class ScriptPlan:
    """The steps of a script, and notes about differences from the script."""

    steps: tuple[ScriptStep, ...]
    notes: tuple[str, ...]
    digest: str

    def settings_before(self, number: int) -> tuple[str, ...]:
        """Return the session's settings that step `number` relies on."""
        before = self.steps[:number]
        return tuple(s for step in before if step.kind is StepKind.SETTING for s in step.statements)


@dataclass(slots=True)
class _Planner:
    """Collects steps; `rows` are the DML statements that still share a transaction."""

    text: str
    steps: list[ScriptStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[Statement] = field(default_factory=list)
    counted: int = 0
    size_bytes: int = 0

    def line(self, statement: Statement) -> int:
        return self.text.count("\n", 0, statement.start) + 1

    def add(self, statement: Statement, statement_class: StatementClass) -> None:
        """Plan a statement outside of an explicit transaction."""
        if _REPEATED.match(statement.text):
            self.flush()
            self.step(StepKind.REPEATED, [statement])
            return
        if statement_class.kind is StatementKind.DML and statement_class.command != "COPY":
            self._add_rows(statement)
            return
        self.flush()
        kind = _KINDS.get(statement_class.kind, StepKind.SINGLE)
        self.step(kind, [statement], awaits_job=statement_class.starts_job)

    def step(
        self, kind: StepKind, statements: Sequence[Statement], *, awaits_job: bool = False
    ) -> None:
        texts = tuple(statement.text for statement in statements)
        starts = tuple(statement.start for statement in statements)
        self.steps.append(ScriptStep(kind, texts, self.line(statements[0]), awaits_job, starts))

    def _add_rows(self, statement: Statement) -> None:
        parts = split_insert(statement.text, TRANSACTION_ROWS, _BYTES_A_TRANSACTION)
        if len(parts) > 1:
            self.notes.append(
                f"The INSERT at line {self.line(statement)} exceeds the limit of one transaction:"
                f" it is committed in {len(parts)} parts."
            )
        for part in parts:
            rows = count_rows(part)
            size_bytes = len(part.encode(errors="replace"))
            full = self.counted + (rows or 0) > TRANSACTION_ROWS
            if rows is None or full or self.size_bytes + size_bytes > _BYTES_A_TRANSACTION:
                self.flush()
            self.rows.append(Statement(part, statement.start, statement.end))
            self.counted += rows or 0
            self.size_bytes += size_bytes
            if rows is None:  # only the server can determine how many rows it changes
                self.flush()

    def flush(self) -> None:
        """End the transaction of DML that is being collected."""
        if self.rows:
            self.step(StepKind.ROWS, self.rows)
        self.rows, self.counted, self.size_bytes = [], 0, 0

    def block(self, begin: Statement, inside: Sequence[Statement]) -> None:
        """Plan the statements between BEGIN and COMMIT."""
        self.flush()
        classes = [classify(statement.text) for statement in inside]
        where = f"line {self.line(begin)}"
        if any(row.is_ddl for row in classes):
            if len(inside) > 1:
                self.notes.append(
                    f"The transaction at {where} holds DDL with other statements, which DSQL does"
                    " not support: they are committed one by one."
                )
            for statement, row in zip(inside, classes, strict=True):
                self.add(statement, row)
            self.flush()
            return
        counts = [count_rows(statement.text) for statement in inside]
        if sum(count or 0 for count in counts) > TRANSACTION_ROWS:
            self.notes.append(
                f"The transaction at {where} changes more than {TRANSACTION_ROWS:,} rows, which"
                " DSQL does not support: it is committed in parts."
            )
            for statement, row in zip(inside, classes, strict=True):
                self.add(statement, row)
            self.flush()
        elif inside:
            self.step(StepKind.ROWS, inside)


_KINDS = {StatementKind.DDL: StepKind.DDL, StatementKind.SESSION: StepKind.SETTING}


def plan_script(text: str) -> ScriptPlan:
    """Split a script into steps.

    Raises:
        InputError: It ends inside a quote or a transaction, rolls back, or contains commands of
            psql or a COPY without its data; names the line.
    """
    sql, data = without_copy_data(text)
    if scan(sql).after.inside is not Inside.NOTHING:
        raise InputError("The script ends inside a quoted string or comment.")
    planner = _Planner(sql)
    begin: Statement | None = None
    inside: list[Statement] = []
    for statement in _with_inserts(split(sql), data):
        statement_class = classify(statement.text)
        _refuse_foreign(statement, statement_class, planner)
        if not statement_class.is_transaction_control:
            if begin is not None:
                inside.append(statement)
            else:
                planner.add(statement, statement_class)
        elif statement_class.command in {"BEGIN", "START TRANSACTION"}:
            if begin is not None:
                raise InputError(f"Line {planner.line(statement)}: a transaction is already open.")
            begin, inside = statement, []
        elif statement_class.command in {"COMMIT", "END"} and begin is not None:
            planner.block(begin, inside)
            begin = None
        else:
            raise InputError(
                f"Line {planner.line(statement)}: {statement_class.command} cannot be planned."
            )
    if begin is not None:
        raise InputError(f"The transaction of line {planner.line(begin)} is never committed.")
    planner.flush()
    return ScriptPlan(tuple(planner.steps), tuple(planner.notes), digest_of(text))


def _with_inserts(statements: Sequence[Statement], data: Mapping[int, str]) -> Iterator[Statement]:
    """Yield statements; a COPY with inline data is replaced by an equivalent INSERT."""
    for statement in statements:
        if statement.start not in data:
            yield statement
        elif text := insert_of(statement.text, data[statement.start]):
            yield Statement(text, statement.start, statement.end)


def _refuse_foreign(
    statement: Statement, statement_class: StatementClass, planner: _Planner
) -> None:
    if "\\" in statement.text and (command := psql_command_in(statement.text)):
        raise InputError(
            f"Line {planner.line(statement)}: {command} is a command of psql, not SQL."
        )
    if statement_class.command == "COPY" and statement_class.is_write:
        raise InputError(
            f"Line {planner.line(statement)}: COPY needs its data; load the file instead."
        )


def digest_of(text: str) -> str:
    """Return the digest that identifies the script of a checkpoint."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The progress of a run.

    Attributes:
        digest: The digest of the script.
        cluster: The ARN or host on which it was run.
        done: The number of committed steps.
        under_way: Whether step number `done` had been sent when this was written.
        job_id: The job that this step started and that was awaited, or empty.
        ran: The digest of the committed statements.
        parts: The number of committed statements; unknown if `ran` is empty.
        sent: The digest of the committed statements and those of the running step.
        sent_parts: The number of statements of the running step.
    """

    digest: str
    cluster: str
    done: int = 0
    under_way: bool = False
    job_id: str = ""
    ran: str = ""
    parts: int = 0
    sent: str = ""
    sent_parts: int = 0

    def begun(self, step: ScriptStep) -> Checkpoint:
        """Return the checkpoint to write before a step is sent."""
        sent, count = digest_after(self.ran, step.statements), len(step.statements)
        return replace(self, under_way=True, job_id="", sent=sent, sent_parts=count)

    def waiting(self, job_id: str) -> Checkpoint:
        """Return the checkpoint to write when a step has started a job."""
        return replace(self, job_id=job_id)

    def ended(self, step: ScriptStep) -> Checkpoint:
        """Return the checkpoint to write when a step is committed and its job has ended."""
        begun = self.begun(step)
        parts = self.parts + begun.sent_parts
        return replace(self.failed(), done=self.done + 1, ran=begun.sent, parts=parts)

    def failed(self) -> Checkpoint:
        """Return the checkpoint to write when the server refused a step; its outcome is known."""
        return replace(self, under_way=False, job_id="", sent="", sent_parts=0)


def digest_after(ran: str, statements: Sequence[str]) -> str:
    """Return the digest of the statements of the digest `ran`, followed by `statements`."""
    for statement in statements:
        ran = hashlib.sha256(f"{ran}\0{statement}".encode(errors="replace")).hexdigest()
    return ran


def resumed_plan(plan: ScriptPlan, checkpoint: Checkpoint) -> tuple[ScriptPlan, Checkpoint] | None:
    """Fit a checkpoint of an earlier version of a script to this one.

    The script may be edited after the statements that ran, which must stay the same. A step that
    contains some of them and others is split.

    Returns:
        The plan and the checkpoint to resume with; `None` if the script does not begin with the
        statements that ran, or if those are unknown.
    """
    if (checkpoint.done and not checkpoint.ran) or (checkpoint.under_way and not checkpoint.sent):
        return None
    steps: list[ScriptStep] = []
    left = list(reversed(plan.steps))
    ran, done = "", 0
    for wanted, digest in (
        (checkpoint.parts, checkpoint.ran),
        (checkpoint.sent_parts, checkpoint.sent or checkpoint.ran),
    ):
        counted, done = 0, len(steps)
        while counted < wanted and left:
            step, rest = _cut(left.pop(), wanted - counted)
            if rest is not None:
                left.append(rest)
            steps.append(step)
            counted += len(step.statements)
            ran = digest_after(ran, step.statements)
        if ran != digest:
            return None
    if len(steps) - done != checkpoint.under_way:
        return None
    fitted = replace(plan, steps=(*steps, *reversed(left)))
    return fitted, replace(checkpoint, digest=plan.digest, done=done)


def _cut(step: ScriptStep, count: int) -> tuple[ScriptStep, ScriptStep | None]:
    """Return the first `count` statements of a step, and the rest as another, if there is one."""
    if len(step.statements) <= count:
        return step, None
    first = replace(step, statements=step.statements[:count], starts=step.starts[:count])
    rest = replace(step, statements=step.statements[count:], starts=step.starts[count:])
    return first, rest
