"""The services of an environment, for tasks that are plain functions."""

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.settings import Settings


def sagemaker_of(settings: Settings) -> SageMakerJobHook:
    """SageMaker over the environment's connection and region."""
    return SageMakerJobHook(aws_conn_id=settings.aws_conn_id, region_name=settings.region)


def s3_of(settings: Settings) -> S3Objects:
    """S3 over the same; what is written is encrypted with the environment's key."""
    return S3Objects(sagemaker_of(settings), settings.output_key)
