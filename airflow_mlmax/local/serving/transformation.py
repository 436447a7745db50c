"""The objects of one host on their way through its model server."""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from airflow_mlmax.local.container.transfer import Item
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.jobs.hosts import Host
from airflow_mlmax.local.jobs.job import Job
from airflow_mlmax.local.serving.association import Association
from airflow_mlmax.local.serving.filters import FilterError
from airflow_mlmax.local.serving.invocations import Client, InvocationError
from airflow_mlmax.local.serving.split import Splitting, TooLargeError

_TIMEOUT, _RETRIES, _PAYLOAD_MB = 600, 3, 6
"""Defaults of the service: seconds, times, MB."""


@dataclass
class Output:
    """What becomes of one input object."""

    item: Item
    file: Path
    """Where the answers are gathered, in the order of the records."""

    failure: str | None = None
    """Why there is no output, beginning as a FailureReason does; the first reason stays."""

    def fail(self, reason: str) -> None:
        self.failure = self.failure or reason


@dataclass(frozen=True)
class Pace:
    """How the objects are cut and how many requests run at once."""

    splitting: Splitting
    concurrency: int

    @classmethod
    def of(cls, request: Mapping[str, Any], recommended: Mapping[str, Any]) -> "Pace":
        """As the request says, then as the container recommends, then as the service does by default."""
        given = {**recommended, **request}
        strategy = str(given.get("BatchStrategy", "")).replace("_", "").lower()
        splitting = Splitting(
            is_by_line=request["TransformInput"].get("SplitType") == "Line",
            is_single_record=strategy == "singlerecord",
            payload_mb=int(given.get("MaxPayloadInMB", _PAYLOAD_MB)),
        )
        concurrency = request.get("MaxConcurrentTransforms") or recommended.get("MaxConcurrentTransforms")
        return cls(splitting, int(concurrency or 1))


class Transformation:
    """Sends batches in order, a few at a time, and writes the answers in the same order."""

    def __init__(self, job: Job, host: Host, client: Client, association: Association | None) -> None:
        self._job = job
        self._host = host
        self._association = association
        self._pace = Pace.of(job.request, client.parameters())
        source, target = job.request["TransformInput"], job.request["TransformOutput"]
        limits = job.request.get("ModelClientConfig", {})
        headers = {"Content-Type": source.get("ContentType"), "Accept": target.get("Accept")}
        self._client = replace(
            client,
            headers={name: value for name, value in headers.items() if value},
            timeout=limits.get("InvocationsTimeoutInSeconds", _TIMEOUT),
            retries=limits.get("InvocationsMaxRetries", _RETRIES),
        )
        self._accept = target.get("Accept", "")
        self._end = b"\n" if target.get("AssembleWith") == "Line" else b""
        self._is_gzip = source.get("CompressionType") == "Gzip"

    def run(self, outputs: list[Output]) -> None:
        """Fill the outputs; one that fails does not keep the others from going on."""
        window: deque[tuple[Output, Future[bytes]]] = deque()
        with ThreadPoolExecutor(self._pace.concurrency) as pool:
            for output in outputs:
                output.file.touch()
                for answer in self._submitted(pool, output):
                    window.append((output, answer))
                    if len(window) >= self._pace.concurrency:
                        self._take(*window.popleft())
            while window:
                self._take(*window.popleft())

    def _submitted(self, pool: ThreadPoolExecutor, output: Output) -> Iterator[Future[bytes]]:
        """The answers to an object's batches, in order; none follows a failure."""
        try:
            with ExitStack() as files:
                file = files.enter_context(self._job.site.objects.open(output.item.bucket, output.item.key))
                if self._is_gzip:
                    file = files.enter_context(cast("BinaryIO", gzip.GzipFile(fileobj=file)))
                for batch in self._pace.splitting.batches(file):
                    if output.failure or self._job.cause:
                        return
                    yield pool.submit(self._answer, b"".join(batch))
        except (TooLargeError, ServiceError, OSError, EOFError, zlib.error) as error:
            self._fail(output, f"ClientError: {error}")

    def _answer(self, batch: bytes) -> bytes:
        """What is stored for a batch."""
        association = self._association
        body = association.body(batch) if association else batch
        answer = self._client.invoke(body, is_chunked=self._pace.splitting.limit is None)
        if association and association.changes_output:
            return association.output(batch, answer.body, self._accept or answer.content_type)
        return answer.body + self._end

    def _take(self, output: Output, answer: Future[bytes]) -> None:
        try:
            data = answer.result()
        except InvocationError as error:
            self._fail(output, str(error))
        except FilterError as error:
            self._fail(output, f"ClientError: {error}")
        else:
            with output.file.open("ab") as file:
                file.write(data)

    def _fail(self, output: Output, reason: str) -> None:
        """Keep the reason and tell it in the data log, the second stream of a transform job."""
        if not output.failure:
            self._job.log(f"{self._job.stream(self._host.name)}/data-log", f"{output.item.key}: {reason}")
        output.fail(reason)
