"""Requests of monitors."""

from airflow_mlmax.sagemaker.requests.monitor.arguments import AWS
from airflow_mlmax.sagemaker.requests.monitor.groups import Attribution, Bias, ModelQuality
from airflow_mlmax.sagemaker.requests.monitor.own import OUTPUT, constraints_file
from airflow_mlmax.sagemaker.requests.monitor.request import MonitorRequest

__all__ = ["AWS", "OUTPUT", "Attribution", "Bias", "ModelQuality", "MonitorRequest", "constraints_file"]
