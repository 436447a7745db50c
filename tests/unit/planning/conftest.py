"""A folder of DAGs with the settings of a secured environment, and ways to break either."""

from collections.abc import Callable
from pathlib import Path

import pytest

SETTINGS = """
bucket: example-prod
namespace: prod
region: us-east-1
role_arn: arn:aws:iam::333333333333:role/mlmax-prod
images: {sklearn: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3}
compute:
  processing: {instance_type: ml.m5.large, volume_size_gb: 30}
  training: {instance_type: ml.m5.xlarge, volume_size_gb: 30}
  transform: {instance_type: ml.m5.large}
security:
  required: true
  volume_kms_key: arn:aws:kms:us-east-1:333333333333:key/00000000-0000-0000-0000-000000000000
  output_kms_key: arn:aws:kms:us-east-1:333333333333:key/00000000-0000-0000-0000-000000000000
  subnets: [subnet-0123456789abcdef0]
  security_group_ids: [sg-0123456789abcdef0]
"""
DAG = """
from pathlib import Path
from airflow.sdk import DAG, task
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.settings import load

settings = load(Path(__file__).parent / "config")

with DAG("shop", schedule=None, default_args=settings.default_args()):

    @task
    def find() -> str:
        return "s3://example-prod/rows"

    first = ProcessingJobOperator(
        task_id="first",
        image_uri=settings.image("sklearn"),
        entry_point="job.py",
        source_dir="scripts",
        inputs={"rows": find()},
        outputs={"rows": settings.uri("clean/{{ ds }}")},
        compute=settings.compute.processing.model_dump(),
        environment={"DAY": "{{ ds }}"},
    )
    ProcessingJobOperator(
        task_id="second",
        image_uri=settings.image("sklearn"),
        entrypoint=["python3", "-V"],
        inputs={"rows": first.output["rows"]},
        compute=settings.compute.processing.model_dump(),
    )
"""

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """`folder(old, new, old, new, ...)` writes the folder with texts replaced, in whichever of its two files has them."""

    def written(*changes: str) -> Path:
        texts = {"dags/config/base.yaml": SETTINGS, "dags/shop.py": DAG}
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            (name,) = (name for name, text in texts.items() if old in text)
            texts[name] = texts[name].replace(old, new)
        texts |= {"dags/config/prod.yaml": "tags: {stage: prod}\n", "dags/scripts/job.py": "print()\n"}
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "dags"

    return written
