"""How a gate gets its verdict: one that is stored, one made on the worker, or one made by a processing job."""

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError, GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject, changed, sagemaker_manifest
from airflow_mlmax.hooks.s3 import S3Objects, files_uri
from airflow_mlmax.links import LINKS, REPORT_LINKS
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, upload
from airflow_mlmax.operators.identity import wants_new_jobs
from airflow_mlmax.operators.verdicts import Case, decide, read_verdict, run_of, stored
from airflow_mlmax.sagemaker.actions import OBJECTS
from airflow_mlmax.sagemaker.code import SourceFolder
from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType
from airflow_mlmax.sagemaker.requests import ProcessingRequest, Request
from airflow_mlmax.sagemaker.results import processing_result
from airflow_mlmax.sagemaker.rules.reading import structures

_PROGRAM = Path(__file__).parents[1] / "quality"
_MOUNTED = "/opt/ml/processing/input/mlmax_quality"
_OUTPUT = "verdict"


class QualityJobOperator(SageMakerJobOperator):
    """Gets a verdict on a case, wherever that is made; what to do about it is the subclass's business.

    The program of the job is the package's folder `quality`. Its arguments are described where a DAG names them, in
    `DataQualityGateOperator`.
    """

    job_type: ClassVar[JobType] = PROCESSING
    request_kind: ClassVar[type[Request]] = ProcessingRequest
    own_actions = OBJECTS
    operator_extra_links = (*LINKS, *REPORT_LINKS)
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *("image_uri", "role_arn", "code_uri", "compute", "environment", "max_runtime", "security"),
    )

    def __init__(
        self,
        *,
        reuse: bool = True,
        image_uri: str | None = None,
        role_arn: str | None = None,
        code_uri: str | None = None,
        compute: dict[str, Any] | None = None,
        environment: dict[str, Any] | None = None,
        max_runtime: int | str = 3600,
        security: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reuse = reuse
        self.image_uri = image_uri
        self.role_arn = role_arn
        self.code_uri = code_uri
        self.compute = compute
        self.environment = environment
        self.max_runtime = max_runtime
        self.security = security

    _case: Case | None = None
    inputs: Mapping[str, dict[str, Any]] = MappingProxyType({})

    @abstractmethod
    def case(self, context: Context) -> Case:
        """What is to be decided; ValueError for a mistake in the arguments."""

    @abstractmethod
    def end(
        self,
        context: Context,
        document: dict[str, Any],
        objects: Sequence[DataObject],
        **job: Any,
    ) -> dict[str, Any]:
        """Acts on a verdict; `job` goes to XCom beside what it says."""

    def execute(self, context: Context) -> dict[str, Any]:
        with self._mistakes():
            case = self._case = self.case(context)
            reuse = self.reuse and not wants_new_jobs(context)
            known = stored(self.s3, case.question) if reuse else None
            made = decide(self.s3, case) if known is None and case.question.where == "worker" else None
        if known:
            began = known["timing"]["started_at"]
            self.log.info("A verdict on the same data, suite and policy is used again, of %s.", began)
        if document := known or made:
            return self.end(context, document, case.objects, reused=bool(known))
        return super().execute(context)

    def prepare(self, context: Context) -> None:
        """Uploads question, manifest and program, once for each content."""
        case = self._case = self._case or self.case(context)
        program = self.arrange(context, case.question.artifacts)
        objects, names = sagemaker_manifest(case.objects)
        upload(self, [program], S3Objects.upload_files)
        self.s3.write_json(self.inputs["data"]["uri"], objects)
        pinned = [asdict(each) for each in case.objects]
        question = {"question": case.question.plain(), "files": names, "objects": pinned}
        self.s3.write_json(self.inputs["question"]["uri"], question)

    def arrange(self, context: Context, artifacts: str | None) -> Source:
        """Notes what the job reads and writes, and gives its program.

        :param artifacts: S3 prefix of everything about the case
        :raises ValueError: arguments that a job needs are missing
        """
        self._job_arguments_are_there(artifacts)
        asker = sha256(json.dumps({**run_of(context), "try_number": None}).encode()).hexdigest()[:12]
        program = SourceFolder(_PROGRAM)
        uri = files_uri(program, str(self.code_uri))
        self.inputs = {
            "question": {
                "uri": f"{artifacts}/question-{asker}.json",
                "local_path": "/opt/ml/processing/input/question",
            },
            "data": {"uri": f"{artifacts}/objects.json", "data_type": "ManifestFile"},
            "program": {"uri": uri, "local_path": _MOUNTED},
        }
        self.outputs = {_OUTPUT: {"uri": artifacts, "local_path": "/opt/ml/processing/output"}}
        self.entrypoint = ["python3", f"{_MOUNTED}/start.py"]
        return Source(uri, program, str(self.code_uri))

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        return processing_result(description)

    @property
    def s3(self) -> S3Objects:
        return S3Objects(self.hook, (self.security or {}).get("output_kms_key"))

    def _verdict(
        self, context: Context, name: str, description: dict[str, Any], capacity_errors: int
    ) -> dict[str, Any]:
        """A verdict that is there decides, not how the job ended; a job without one decides nothing."""
        result = super()._verdict(context, name, description, capacity_errors)
        if _OUTPUT not in result:  # no capacity: another case was claimed, and has ended
            return result
        objects = self._objects_of(description)
        document = read_verdict(self.s3, str(result.pop(_OUTPUT)))
        if different := changed(self.s3, objects):
            raise GateUndecidedError(
                f"{different[0]} was changed while {name} looked at it, so its verdict is on other data; clear the task"
            )
        return self.end(context, document, objects, reused=False, **result)

    def _objects_of(self, description: Mapping[str, Any]) -> list[DataObject]:
        """The objects as they were pinned when the job was made: this process may be another one than it was then."""
        [asked] = [
            item["S3Input"]["S3Uri"]
            for item in structures(description, "ProcessingInputs")
            if item["InputName"] == "question"
        ]
        return [DataObject(**each) for each in self.s3.read_json(asked)["objects"]]

    def _job_arguments_are_there(self, artifacts: str | None) -> None:
        wanted = ("image_uri", "role_arn", "code_uri", "compute")
        if missing := [name for name in wanted if not getattr(self, name)]:
            raise ValueError(f"a processing job is to check the data, and it needs {', '.join(missing)}")
        if not artifacts:
            raise ValueError("a processing job needs output_uri, the S3 prefix of its verdict")
        if int((self.compute or {}).get("instance_count") or 1) != 1:
            raise ValueError("compute: a gate runs on one instance; leave instance_count out")

    @contextmanager
    def _mistakes(self) -> Iterator[None]:
        """Turns mistakes in the task into an error that is not tried again."""
        try:
            yield
        except ModuleNotFoundError as error:
            raise BadRequestError(
                f"gate {self.task_id} needs {error.name}; install airflow-mlmax[quality] where tasks run"
            ) from error
        except ValueError as error:
            raise BadRequestError(
                f"BadRequestError: task {self.task_id}: {error}\nNext: correct the suite or the task, then clear it."
            ) from error
