"""The AWS endpoint on the loopback, for unmodified boto3 and AWS CLI."""
