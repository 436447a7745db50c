"""Breaks one landed day of the running demo, and repairs it to the byte."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from airflow_mlmax.stack.damage import DAMAGES
from airflow_mlmax.stack.environment import CREDENTIALS, REGION, Layout, generated_secrets
from airflow_mlmax.stack.errors import StackError

LANDING = "landing/flights"
KEPT = "originals/flights"
"""Where the whole files wait for their repair: outside of what the pipelines read."""


@dataclass(frozen=True)
class Addresses:
    """Where a running demo listens."""

    airflow: str
    runtime: str
    records: str = "{}"
    """The Airflow connection to the database of run records, as JSON."""


def addresses(state: Path) -> Addresses:
    """The addresses of the demo that keeps its things in this folder.

    :raises StackError: it does not run
    """
    file = Layout(state).addresses
    try:
        found = Addresses(**json.loads(file.read_text()))
        httpx.get(f"{found.runtime}/_mlmax/health", trust_env=False, timeout=5).raise_for_status()
    except (OSError, httpx.HTTPError):
        raise StackError(
            f"no demo is up on {state}: start it with `make demo`, or name its folder with --state"
        ) from None
    return found


class Landing:
    """The landing zone of a demo, a folder for each day.

    runtime: address of the local runtime.
    """

    def __init__(self, runtime: str, bucket: str) -> None:
        import boto3

        self._s3 = boto3.client(
            "s3",
            endpoint_url=runtime,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["aws_access_key_id"],
            aws_secret_access_key=CREDENTIALS["aws_secret_access_key"],
        )
        self._bucket = bucket

    def corrupt(self, day: date, how: str) -> list[str]:
        """Puts broken files in the place of the day's own, which are kept; gives their URIs.

        A day that is broken already is broken anew, from the kept files. Raises `StackError` if nothing landed that day.
        """
        landed = self._keys(LANDING, day)
        if not landed:
            raise StackError(f"nothing has landed on {day}; {self._days()}")
        for key in landed:
            kept = _kept(key)
            if not self._exists(kept):
                self._copy(key, kept)
            whole = self._s3.get_object(Bucket=self._bucket, Key=kept)
            broken = DAMAGES[how].apply(whole["Body"].read().decode()).encode()
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=broken,
                ContentType=whole["ContentType"],
                Metadata=whole["Metadata"],  # it is not late: it came when the whole file did
            )
        return [self._uri(key) for key in landed]

    def repair(self, day: date) -> list[str]:
        """Puts the kept files back; gives their URIs, none if the day is whole."""
        kept = self._keys(KEPT, day)
        places = [LANDING + key.removeprefix(KEPT) for key in kept]
        for key, place in zip(kept, places, strict=True):
            self._copy(key, place)
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        return [self._uri(key) for key in places]

    def kept_uri(self, day: date) -> str:
        """Where the day's own files are kept."""
        return self._uri(f"{KEPT}/date={day}/")

    def _uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def _keys(self, folder: str, day: date) -> list[str]:
        return [item["Key"] for item in self._listed(f"{folder}/date={day}/")]

    def _listed(self, prefix: str) -> list[dict[str, Any]]:
        pages: Any = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [item for page in pages for item in page.get("Contents", [])]

    def _days(self) -> str:
        days = sorted(
            item["Key"].removeprefix(f"{LANDING}/date=").partition("/")[0]
            for item in self._listed(f"{LANDING}/date=")
        )
        return f"there are the days {days[0]} to {days[-1]}" if days else "the landing zone is empty"

    def _exists(self, key: str) -> bool:
        return any(item["Key"] == key for item in self._listed(key))

    def _copy(self, source: str, target: str) -> None:
        self._s3.copy_object(
            Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": source}
        )


def score_again(where: Addresses, state: Path, day: date) -> None:
    """Asks Airflow to run the inference of a day once more, whatever became of it before.

    Raises `StackError` while another backfill runs: Airflow allows one at a time.
    """
    from airflow_mlmax.stack.client import AirflowClient
    from airflow_mlmax.stack.demo import INFERENCE

    client = AirflowClient(where.airflow, generated_secrets(Layout(state))["password"])
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        if client.active_backfills(INFERENCE):
            raise StackError(
                f"another backfill of {INFERENCE} runs: give the same command again when it is over"
            )
        client.backfill(INFERENCE, moment, moment, max_active_runs=1, reprocess_behavior="completed")
    finally:
        client.close()


def _kept(key: str) -> str:
    return KEPT + key.removeprefix(LANDING)
