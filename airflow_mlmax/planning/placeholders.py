"""Visible values in place of those that only a run knows, of a shape that passes wherever the real ones would."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

COUNT = 999_999
"""Stands for every number."""

ACCOUNT = "0" * 12
_COUNTS = re.compile(r"(?:.*_)?(?:rows|seconds|jobs|count|version|usd|objective)|metric_.*")
_MAPS = frozenset(
    {
        *("arguments", "boundaries", "environment", "hyperparameters", "best_hyperparameters", "inputs"),
        *("interval", "outputs"),
    }
)
_ARCHIVES = frozenset({"model_artifacts", "model_data"})
_LONGEST_NAME = 63
RETURNED = "return_value"
"""Key of a task's whole result."""


class Element(Mapping[str, Any]):
    """One of a list of dicts that a task gives; nobody knows its keys, but each has a placeholder."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id

    def __getitem__(self, key: str) -> Any:
        return placeholder(self._task_id, key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Returned(str):
    """The whole result of a task: a text; a key of it is the XCom of that key, a number of it one of several dicts."""

    __slots__ = ("task_id",)
    task_id: str

    def __new__(cls, task_id: str) -> Self:
        whole = super().__new__(cls, f"s3://xcom/{task_id}/{RETURNED}")
        whole.task_id = task_id
        return whole

    def __getnewargs__(self) -> tuple[str]:
        return (self.task_id,)  # so that a copy is the same

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return str.__getitem__(self, key)
        return placeholder(self.task_id, key) if isinstance(key, str) else Element(self.task_id)


def placeholder(task_id: str, key: str) -> Any:
    """What stands for an XCom: an S3 URI below `s3://xcom`, unless its key tells of something else."""
    path = f"{task_id}/{key}"
    word = re.sub(r"[^a-zA-Z0-9]+", "-", f"xcom-{task_id}-{key}").strip("-")
    kind = key.removesuffix("_arn").replace("_", "-")
    shapes: list[tuple[bool, Any]] = [
        (key == RETURNED, Returned(task_id)),
        (key in _MAPS, {"XCOM": f"s3://xcom/{path}"}),
        (key == "image_uri", f"xcom/{path}"),
        (key.endswith("_arn"), f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}/{word}"),
        (key.endswith("_name"), word[:_LONGEST_NAME]),
        (_COUNTS.fullmatch(key) is not None, COUNT),
        (key in _ARCHIVES, f"s3://xcom/{path}/model.tar.gz"),
    ]
    return next((value for fits, value in shapes if fits), f"s3://xcom/{path}")


@dataclass(frozen=True)
class XComs:
    """XComs of a run that has not been.

    :param known: values by `task.key`, for what no placeholder fits
    """

    known: Mapping[str, Any] = field(default_factory=dict)

    def of(self, task_id: str, key: str, outputs: Collection[str] = ()) -> Any:
        """The value of a task's key; `outputs` are keys that hold S3 URIs, whatever they are called."""
        given = f"{task_id}.{key}"
        if given in self.known:
            return self.known[given]
        return f"s3://xcom/{task_id}/{key}" if key in outputs else placeholder(task_id, key)


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

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
