"""Records that wait in S3 for the database to come back, one object for each attempt to write one."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol

from pydantic import ValidationError

from airflow_mlmax.records.document import RunRecord

log = logging.getLogger(__name__)

_DIGEST = 8


class Objects(Protocol):
    """S3, as far as it is needed here."""

    def list(self, uri: str) -> Iterator[dict[str, Any]]: ...
    def read_json(self, uri: str) -> Any: ...
    def write_json(self, uri: str, value: Any) -> object: ...
    def remove(self, uri: str) -> None: ...


def keep(objects: Objects, place: str, record: RunRecord) -> str:
    """Writes a record below the S3 prefix of what is pending; gives its URI.

    Its name holds the time of the record, so that one attempt never overwrites, or removes, another's.
    """
    run = json.dumps([record.namespace, record.dag_id, record.run_id])
    digest = hashlib.sha256(run.encode()).hexdigest()[:_DIGEST]
    readable = re.sub(r"[^\w.=-]+", "-", f"{record.dag_id}/{record.run_id}".replace("/", "--"))
    uri = f"{place.rstrip('/')}/{readable}-{digest}/{record.recorded_at:%Y%m%dT%H%M%S.%f}.json"
    objects.write_json(uri, record.model_dump(mode="json"))
    return uri


def load(
    objects: Objects, place: str, write: Callable[[RunRecord], bool], most: int | None = None
) -> list[str]:
    """Writes pending records to the database and removes them; gives their URIs. What cannot be read stays, and is told.

    :param write: of the database; what it raises ends the loading, and all that is not written stays
    """
    done = []
    for item in islice(objects.list(f"{place.rstrip('/')}/"), most):
        try:
            record = RunRecord.model_validate(objects.read_json(item["uri"]))
        except (ValidationError, ValueError) as error:
            reason = str(error).splitlines()[0]
            log.warning("%s is no record of this version, so it stays where it is: %s", item["uri"], reason)
            continue
        write(record)
        objects.remove(item["uri"])
        done.append(item["uri"])
    return done
