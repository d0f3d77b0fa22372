"""HTTP and the AWS protocols: requests and responses by botocore's service models."""
