"""HTTP and the AWS protocols: requests and responses according to botocore's models."""
