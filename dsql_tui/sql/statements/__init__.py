"""Analysis of one statement: kind, names, changes, parameters and outcome."""
