"""The Textual application: the only importer of textual and rich."""
