"""What a task tells Airflow's UI of its report, and the address at which the UI shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

MOUNT = "/mlmax"
"""Where the plugin's pages lie below Airflow's own address."""

XCOM_KEY = "mlmax_report"
PAGE = "page"
"""The name of the page among the files of a report."""


@dataclass(frozen=True)
class Report:
    """The XCom `mlmax_report`: the only places that the UI reads for a task instance, and how it gets there."""

    files: Mapping[str, str]
    """S3 URI by name; `page` is shown, every other is a download."""

    aws_conn_id: str | None
    region_name: str
    links: Mapping[str, str] = field(default_factory=dict)
    """Address in Airflow's UI, or in the S3 console, by name of the file."""


def path_of(dag_id: str, run_id: str, task_id: str, map_index: int | None, name: str = PAGE) -> str:
    """Path of a report's page, or of another of its files, below Airflow's own address."""
    number = -1 if map_index is None else map_index
    place = "/".join(quote(str(part), safe="") for part in (dag_id, run_id, task_id, number))
    return f"{MOUNT}/report/{place}" + ("" if name == PAGE else f"/file/{quote(name, safe='')}")
