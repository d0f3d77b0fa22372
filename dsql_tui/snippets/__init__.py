"""Ready-made ways to connect: a template for each language, filled in for a cluster and a role."""

from dsql_tui.snippets.render import Language, SnippetFile, render

__all__ = ["Language", "SnippetFile", "render"]
