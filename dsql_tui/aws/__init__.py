"""The AWS control plane: the only importer of boto3 and botocore."""
