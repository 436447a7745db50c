"""The small AWS services that stand beside SageMaker and S3: identity, logs, metrics and events."""
