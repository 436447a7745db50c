"""Sensors for SageMaker jobs and S3 data."""
