"""The control plane: an AWS endpoint on the loopback for unmodified boto3 and AWS CLI.

`plane` takes a request through verification, routing, reading, checking, performing and answering;
`protocols` and `shapes` know the wire by botocore's models, `endpoint` knows sockets, and one
module per service knows what its operations mean.
"""

from dsql_tui.local.control.endpoint import HttpEndpoint
from dsql_tui.local.control.plane import ControlPlane

__all__ = ["ControlPlane", "HttpEndpoint"]
