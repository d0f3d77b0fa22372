"""`python -m dsql_tui` is the `dsql-tui` command."""

from dsql_tui.cli import main

if __name__ == "__main__":
    main()
