"""Code snippets that connect: a template per language, filled in for a cluster and a role."""

from dsql_tui.snippets.render import Language, SnippetFile, render

__all__ = ["Language", "SnippetFile", "render"]
