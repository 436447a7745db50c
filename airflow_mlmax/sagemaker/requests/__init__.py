"""Requests in AWS's own words, built from arguments that read well in a DAG. Building is pure."""

from airflow_mlmax.sagemaker.requests.errors import RequestError
from airflow_mlmax.sagemaker.requests.model import ModelRequest, model_name
from airflow_mlmax.sagemaker.requests.monitor import MonitorRequest
from airflow_mlmax.sagemaker.requests.monitoring_job import JOB_DEFINITIONS
from airflow_mlmax.sagemaker.requests.monitoring_schedule import MonitoringScheduleRequest
from airflow_mlmax.sagemaker.requests.processing import ProcessingRequest
from airflow_mlmax.sagemaker.requests.registry import ModelPackageGroupRequest, ModelPackageRequest
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.training import TrainingRequest
from airflow_mlmax.sagemaker.requests.transform import TransformRequest
from airflow_mlmax.sagemaker.requests.tuning import TuningRequest
from airflow_mlmax.sagemaker.requests.values import tag_list

__all__ = [
    "JOB_DEFINITIONS",
    "ModelPackageGroupRequest",
    "ModelPackageRequest",
    "ModelRequest",
    "MonitorRequest",
    "MonitoringScheduleRequest",
    "ProcessingRequest",
    "Request",
    "RequestError",
    "TrainingRequest",
    "TransformRequest",
    "TuningRequest",
    "model_name",
    "tag_list",
]
