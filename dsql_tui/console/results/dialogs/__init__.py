"""Dialogs about one result: a cell, a record, columns, copying, exporting, summaries."""
