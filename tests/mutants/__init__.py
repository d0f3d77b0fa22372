"""Mutation testing: changes one place of a module at a time and runs the unit tests that cover it.

    python -m tests.mutants dsql_tui.local.transactions.replay [--jobs N] [test files…]

A mutant that no test fails on has survived: either a test is missing, or the mutant behaves as the
module does. The latter are listed with their reason in `equivalent.tsv`.
"""
