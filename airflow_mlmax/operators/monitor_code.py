"""The code that a monitor's job runs, on its way to S3: the analyzer, and what the DAG adds to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import files_uri
from airflow_mlmax.operators.building import Source, builder
from airflow_mlmax.sagemaker.code import SourceFolder
from airflow_mlmax.sagemaker.requests import MonitorRequest
from airflow_mlmax.sagemaker.requests.monitor.amazon import image
from airflow_mlmax.sagemaker.requests.monitor.arguments import AWS

if TYPE_CHECKING:
    from airflow_mlmax.operators.monitor import MonitorBaselineOperator

_ANALYZER = Path(__file__).parents[1] / "scripts"


@contextmanager
def located_code(operator: "MonitorBaselineOperator", context: Context) -> Iterator[Sequence[Source]]:
    """The analyzer, scripts of the DAG and long settings, and notes where they will lie; the folders end with the block.

    AWS's analyzer needs no upload; its image is that of the region where none is given.

    :raises ValueError: if `code_uri`, a script or the region's image is missing; with every fault of the arguments
    """
    sources = []
    if operator.analyzer == AWS:
        operator.image_uri = operator.image_uri or image(operator.kind, operator.region)
    else:
        sources.append(_source(operator, SourceFolder(_ANALYZER)))
        operator.source_uri = sources[0].uri
    with TemporaryDirectory() as scratch:
        if attached := _attached(operator, context):
            for name, content in attached.items():
                Path(scratch, name).write_text(content, encoding="utf-8")
            sources.append(_source(operator, SourceFolder(Path(scratch))))
            operator.attachments_uri = sources[-1].uri
        yield sources


def _source(operator: "MonitorBaselineOperator", folder: SourceFolder) -> Source:
    if not operator.code_uri:
        raise ValueError("code_uri is missing: the S3 prefix below which the analyzer is uploaded.")
    return Source(files_uri(folder, operator.code_uri), folder, operator.code_uri)


def _attached(operator: "MonitorBaselineOperator", context: Context) -> dict[str, str]:
    """Content of the job's files by name."""
    scripts = {
        Path(context["dag"].fileloc).parent / name
        for name in (operator.preprocessor, operator.postprocessor)
        if name
    }
    for path in scripts:
        if not path.is_file():
            raise ValueError(f"there is no script {path}; give a Python file relative to the DAG file.")
    texts = {path.name: path.read_text(encoding="utf-8") for path in scripts}
    if len(texts) < len(scripts):
        raise ValueError(f"both scripts are named {next(iter(texts))}, and lie in one folder in the job.")
    return {**builder(MonitorRequest, operator).attachments(), **texts}
