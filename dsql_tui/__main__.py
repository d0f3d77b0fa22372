"""`python -m dsql_tui` runs the `dsql-tui` command."""

from dsql_tui.cli import main

if __name__ == "__main__":
    main()
