"""Operators that run SageMaker jobs exactly once."""
