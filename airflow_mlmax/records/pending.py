"""Records that wait in S3 for the database to come back, one object for each attempt to write one."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.earlier import up_to_date
from airflow_mlmax.records.errors import RefusedError

log = logging.getLogger(__name__)

_DIGEST = 8


class Objects(Protocol):
    """S3, as far as it is needed here."""

    def list(self, uri: str) -> Iterator[dict[str, Any]]: ...
    def exists(self, uri: str) -> bool: ...
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
    """Writes pending records to the database and removes them; gives their URIs.

    What cannot be read or is refused stays, and is told: it holds up nobody.

    :param write: of the database; where that is away its error ends the loading, and all that is not written stays
    """
    done: list[str] = []
    for item in objects.list(f"{place.rstrip('/')}/"):
        if len(done) == most:
            break
        uri = item["uri"]
        try:
            if (document := _document(objects, uri)) is None:
                continue
            write(RunRecord.model_validate(up_to_date(document)))
        except (ValueError, LookupError) as error:
            reason = str(error).splitlines()[:1]
            log.warning("%s is no record of this version, so it stays where it is: %s", uri, "".join(reason))
            continue
        except RefusedError as error:
            log.warning("%s stays where it is: %s", uri, error)
            continue
        objects.remove(uri)
        done.append(uri)
    return done


def _document(objects: Objects, uri: str) -> Any:
    """The content of an object; None if it is gone, because another run has loaded it."""
    try:
        return objects.read_json(uri)
    except Exception:
        if objects.exists(uri):
            raise
        return None
