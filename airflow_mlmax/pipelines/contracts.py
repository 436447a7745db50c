"""The contract of a model, written by the run that trains it and kept in the registry with the model."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from airflow.sdk import get_current_context, task

from airflow_mlmax.hooks.datasets import download, objects_at
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.settings import Settings


def contract_task(
    settings: Settings,
    *,
    suite: str,
    rows_uri: Any,
    contract_uri: str,
    severities: Mapping[str, str],
    until: Any,
) -> Any:
    """A task `contract` that writes the suite under which the model may be used.

    XCom: `contract_uri`, `contract_sha256`.

    :param suite: path beside the DAG file of the landing suite
    :param rows_uri: S3 prefix of the rows that the model was trained on, as they landed
    :param severities: severity of a category that training has not seen, by column
    :param until: the day after the last one that the run used: the contract's version
    """

    @task(task_id="contract", multiple_outputs=True)
    def write(rows_uri: str, contract_uri: str, until: str) -> dict[str, str]:
        path = Path(get_current_context()["dag"].fileloc).parent / suite
        landing = json.loads(path.read_text())
        s3 = s3_of(settings)
        return write_contract(
            s3, rows_uri, contract_uri, landing=landing, severities=severities, version=until
        )

    return write(rows_uri, contract_uri, until)


def write_contract(
    s3: S3Objects,
    rows_uri: str,
    contract_uri: str,
    *,
    landing: Mapping[str, Any],
    severities: Mapping[str, str],
    version: str,
) -> dict[str, str]:
    """Looks at the rows, writes the contract; gives its URI and hash, as the registry keeps them."""
    from airflow_mlmax.quality.contract import categories, contract
    from airflow_mlmax.quality.data import open_data

    with tempfile.TemporaryDirectory(prefix="mlmax-contract-") as folder:
        scratch = Path(folder)
        files = download(s3, objects_at(s3, rows_uri), scratch)
        with closing(open_data(files, scratch, "csv", landing.get("meta", {}).get("columns"))) as data:
            seen = categories(data, list(severities))
            document = contract(landing, data.columns, seen, severities, version)
    body = json.dumps(document, indent=1).encode()
    s3.write(contract_uri, body, "application/json")
    return {"contract_uri": contract_uri, "contract_sha256": hashlib.sha256(body).hexdigest()}
