"""Code snippets that connect to a cluster as a role, rendered from one template per language."""

from dsql_tui.snippets.render import Language, SnippetFile, render

__all__ = ["Language", "SnippetFile", "render"]
