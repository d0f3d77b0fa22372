"""Dialogs about one result: a cell, a record, columns, copies, exports, summaries."""
