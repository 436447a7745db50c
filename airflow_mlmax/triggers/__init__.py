"""Waiting for SageMaker jobs in the triggerer."""
