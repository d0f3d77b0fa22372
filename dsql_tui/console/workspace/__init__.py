"""The main screen: composes the panes and passes each action and message to its owner.

`screen` is what Textual sees; `owners` builds the objects that do the work, each given what it
needs; what belongs to one editor tab is a `Tab` of `console/run`. Work runs in threads.
"""
