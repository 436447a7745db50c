"""Visible values in place of those that only a run knows, of a shape that passes wherever the real ones would."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COUNT = 999_999
"""Stands for every number."""

ACCOUNT = "0" * 12
_COUNTS = re.compile(r"(?:.*_)?(?:rows|seconds|jobs|count|version|usd|objective)|metric_.*")
_ARCHIVES = frozenset({"model_artifacts", "model_data"})
_RETURNED = "return_value"


class Returned(str):
    """The whole result of a task; a key of it is the XCom of that key."""

    __slots__ = ("task_id",)
    task_id: str

    def __getitem__(self, key: Any) -> Any:
        return placeholder(self.task_id, key) if isinstance(key, str) else str.__getitem__(self, key)


def placeholder(task_id: str, key: str) -> Any:
    """What stands for an XCom: an S3 URI below `s3://xcom`, unless its key tells of something else."""
    path = f"{task_id}/{key}"
    word = re.sub(r"[^a-zA-Z0-9]+", "-", f"xcom-{task_id}-{key}").strip("-")
    if key == _RETURNED:
        whole = Returned(f"s3://xcom/{path}")
        whole.task_id = task_id
        return whole
    if key == "environment":
        return {"XCOM": path}
    if key == "image_uri":
        return f"xcom/{path}"
    if key.endswith("_arn"):
        return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{key.removesuffix('_arn').replace('_', '-')}/{word}"
    if key.endswith("_name"):
        return word[:63]
    if _COUNTS.fullmatch(key):
        return COUNT
    return f"s3://xcom/{path}/model.tar.gz" if key in _ARCHIVES else f"s3://xcom/{path}"


@dataclass(frozen=True)
class XComs:
    """XComs of a run that has not been.

    :param known: values by `task.key`, for what no placeholder fits
    """

    known: Mapping[str, Any] = field(default_factory=dict)

    def pull(self, task_ids: str | Sequence[str] | None, key: str | None, *, of: str) -> Any:
        """What `xcom_pull` of the task `of` gives; of several tasks a list."""
        if not isinstance(task_ids, str | None):
            return [self.pull(each, key, of=of) for each in task_ids]
        task_id, name = task_ids or of, key or _RETURNED
        given = f"{task_id}.{name}"
        return self.known[given] if given in self.known else placeholder(task_id, name)


class Named(Mapping[str, Any]):
    """Airflow Variables or connections, none of which a plan may read: each is a text that names it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getitem__(self, name: str) -> str:
        return f"{self._kind}-{name}"

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A text, whether or not there is a default: only the real Airflow knows."""
        return self[name]

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0
