"""The AWS endpoint on the loopback interface, for unmodified boto3 and AWS CLI."""
