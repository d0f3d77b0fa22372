"""The first start without credentials: try the local DSQL, or sign in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.console.shared.words import explanation
from dsql_tui.errors import DsqlTuiError

SIGN_IN = """\
To use your own clusters, sign in as for the AWS CLI:

  aws sso login --profile NAME    then   dsql-tui launch --profile NAME
  aws configure                   then   dsql-tui launch
  or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
"""
LOCAL = """\
No account? The local DSQL runs on this machine, with TLS and IAM tokens. \
It has two sample clusters, needs no setup and sends nothing over the network.
"""


class WelcomePane(Vertical):
    """Replaces editor and results until there is a cluster to connect to.

    Args:
        offers_local: Whether the local DSQL can be started from here.
    """

    BORDER_TITLE = "Welcome"

    class LocalRequested(WorkspaceMessage):
        """Posted when the local DSQL was selected."""

    class RetryRequested(WorkspaceMessage):
        """Posted when signing in is to be tried again."""

    def __init__(self, *, offers_local: bool) -> None:
        super().__init__(id="welcome")
        self._offers_local = offers_local

    def compose(self) -> ComposeResult:
        """Yield the problem and the two options."""
        yield Static("", id="welcome-reason", markup=False)
        if self._offers_local:
            yield Static(LOCAL, classes="welcome-text", markup=False)
            yield Button("Start local DSQL", id="start-local", variant="primary", compact=True)
        yield Static(SIGN_IN, classes="welcome-text", markup=False)
        yield Button("Try again", id="retry", compact=True)

    def explain(self, error: DsqlTuiError) -> None:
        """Show why clusters cannot be listed."""
        self.query_one("#welcome-reason", Static).update(
            Content("\n").join(
                [
                    Content.styled(error.message, "bold $text-warning"),
                    *map(Content, explanation(error)),
                ]
            )
        )
        for button in self.query(Button):
            button.disabled = False
        self.query(Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Post the selected option."""
        event.stop()
        event.button.disabled = True
        wants_local = event.button.id == "start-local"
        words = "Starting the local DSQL…" if wants_local else "Loading clusters…"
        self.query_one("#welcome-reason", Static).update(words)
        self.post_message(self.LocalRequested() if wants_local else self.RetryRequested())
