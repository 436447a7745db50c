"""Tuning jobs: training jobs, some at a time, with the hyperparameters that a search asks for."""

import time
from typing import TYPE_CHECKING, Any

from airflow_mlmax.local.jobs.execution import Cause
from airflow_mlmax.local.jobs.job import Job, JobError, Outcome
from airflow_mlmax.local.search import trials
from airflow_mlmax.local.search.completion import Completion
from airflow_mlmax.local.search.early_stopping import EarlyStopping
from airflow_mlmax.local.search.trials import Definition, Objective
from airflow_mlmax.local.store import Record
from airflow_mlmax.sagemaker.jobs import TRAINING, TUNING

if TYPE_CHECKING:
    from airflow_mlmax.local.store import Store

_LOOK_EVERY = 1.0
"""Seconds between two looks at the metrics of running jobs, for early stopping."""

_ATTEMPTS = 5
"""Jobs without success after which AWS gives up."""


def run(job: Job) -> Outcome:
    """Run a tuning job. It ends when its training jobs have, and stops them if it is stopped."""
    try:
        definitions = Definition.all(job.request)
    except ValueError as error:
        raise JobError(f"ClientError: {error}") from error
    tuning = Tuning(job, definitions)
    try:
        return tuning.run()
    finally:
        tuning.stop_children()  # none is left unless something went wrong


class Tuning:
    """One execution of a tuning job, in a thread of its own; the training jobs take the workers."""

    def __init__(self, job: Job, definitions: list[Definition]) -> None:
        config = job.request["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        self._job = job
        self._open = list(definitions)
        self._most = limits.get("MaxNumberOfTrainingJobs")
        self._parallel = limits["MaxParallelTrainingJobs"]
        self._seconds = limits.get("MaxRuntimeInSeconds")
        self._definitions: dict[str, Definition] = {}
        self._children: dict[str, Record] = {}
        self._objective = definitions[0].objective
        self._completion = Completion.of(config, self._objective)
        self._early = config.get("TrainingJobEarlyStoppingType") == "Auto"
        self._earlier = _earlier(job, definitions)

    def run(self) -> Outcome:
        """Keep as many training jobs running as allowed until nothing is left to do."""
        seen = -1
        while True:
            seen = self._job.site.engine.wait_for_change(seen, self._patience())
            if self._job.cause is Cause.CLOSE:
                return Outcome("Stopped")
            self._collect()
            if self._is_over():
                self._open.clear()
                self.stop_children()
            else:
                self._launch()
            self._job.update(**self._answer())
            if not self._running():
                return self._outcome()

    def _patience(self) -> float | None:
        """Seconds to wait for a change."""
        left = self._job.started + self._seconds - time.time() if self._seconds else None
        if self._early and self._running():
            return _LOOK_EVERY if left is None else max(0.0, min(left, _LOOK_EVERY))
        return None if left is None else max(0.0, left)

    def _running(self) -> list[Record]:
        return [child for child in self._children.values() if TRAINING.status(child.answer).is_active]

    def _collect(self) -> None:
        """Take the results of the training jobs that have ended, and stop those that promise nothing."""
        for child in self._running():
            search = self._definitions[child.name].search
            found = self._now(child)
            if found is None:
                del self._children[child.name]
                search.seen(child.answer["TunedHyperParameters"], None)
                continue
            self._children[child.name] = found
            if not TRAINING.status(found.answer).is_active:
                value = trials.value_of(found)
                search.seen(found.answer["TunedHyperParameters"], value)
                self._completion.seen(value)
        if self._early:
            early = EarlyStopping(self._job.site.metrics, self._objective)
            for child in early.hopeless(list(self._children.values())):
                self._job.site.engine.stop(child)

    def _now(self, child: Record) -> Record | None:
        """A training job as it is now, its objective settled if it has ended; None if somebody deleted it."""
        store = self._job.site.store
        found = store.get(child.region, child.kind, child.name)
        if found is None or TRAINING.status(found.answer).is_active:
            return found
        try:
            return trials.settled(store, found, self._definitions[child.name].objective)
        except KeyError:
            return None

    def _is_over(self) -> bool:
        """Whether no further training job may run, for whatever reason."""
        if self._seconds and time.time() >= self._job.started + self._seconds:
            self._job.site.engine.end(self._job, Cause.TIME_LIMIT)
        return self._job.stopping.is_set() or self._completion.is_reached or self._is_hopeless()

    def _is_hopeless(self) -> bool:
        ended = len(self._children) - len(self._running())
        return ended >= _ATTEMPTS and self._best() is None

    def stop_children(self) -> None:
        """Ask every training job to end that has not."""
        for child in self._running():
            self._job.site.engine.stop(child)

    def _launch(self) -> None:
        """Start training jobs, the definitions in turn, up to the limits."""
        free = self._parallel - len(self._running())
        while free > 0 and self._open and (self._most is None or len(self._definitions) < self._most):
            definition = self._open.pop(0)
            if (point := definition.search.next()) is None:
                continue  # this one is searched through
            self._open.append(definition)
            child = definition.start(self._job, len(self._definitions) + 1, point)
            self._definitions[child.name] = definition
            self._children[child.name] = child
            free -= 1

    def _best(self) -> Record | None:
        return trials.best_of(self._children.values(), self._objective)

    def _answer(self) -> dict[str, Any]:
        """What Describe tells of the search so far."""
        answer = _told(list(self._children.values()), self._objective)
        answer["ConsumedResources"] = {"RuntimeInSeconds": max(1, round(time.time() - self._job.started))}
        answer |= self._completion.details()
        warm = self._job.request.get("WarmStartConfig", {})
        if warm.get("WarmStartType") == "IdenticalDataAndAlgorithm":
            everyone = [*self._earlier, *self._children.values()]
            if best := trials.best_of(everyone, self._objective):
                answer["OverallBestTrainingJob"] = trials.summary(best)
        return answer

    def _outcome(self) -> Outcome:
        answer = self._answer()
        if self._best() or self._job.stopping.is_set():
            return Outcome("Completed", answer=answer)
        count = len(self._children)
        if any(str(TRAINING.status(child.answer)) == "Completed" for child in self._children.values()):
            reason = (
                f"ClientError: No objective metrics found after running {count} training jobs. Please ensure that "
                "the custom algorithm is emitting the objective metric as defined by the regular expression provided."
            )
        else:
            reason = (
                f"No training job succeeded after {count} attempts. Please take a look at the training job "
                "failures to get more details."
            )
        return Outcome("Failed", reason, answer)


def _earlier(job: Job, definitions: list[Definition]) -> list[Record]:
    """Training jobs of the parents of a warm start; the searches learn from them.

    Raises JobError for a parent that is not there or not over.
    """
    found = []
    for parent in job.request.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
        name = parent["HyperParameterTuningJobName"]
        record = job.site.store.get(job.region, TUNING.resource, name)
        if record is None or TUNING.status(record.answer).is_active:
            raise JobError(
                f"ClientError: the parent tuning job {name} must be there and over for a warm start"
            )
        found += trials.children_of(job.site.store, job.region, record.answer[TUNING.arn_key])
    for child in found:
        for definition in definitions:
            definition.search.seen(child.answer["TunedHyperParameters"], trials.value_of(child))
    return found


def _told(children: list[Record], objective: Objective) -> dict[str, Any]:
    answer: dict[str, Any] = trials.counters(children)
    if best := trials.best_of(children, objective):
        answer["BestTrainingJob"] = trials.summary(best)
    return answer


def abandoned(store: "Store", parent: Record) -> dict[str, Any]:
    """Members for a tuning job whose execution was lost with its runtime, once its training jobs are over."""
    request = parent.request
    definitions = request.get("TrainingJobDefinitions") or [request["TrainingJobDefinition"]]
    objectives = {given.get("DefinitionName"): Objective.of(request, given) for given in definitions}
    children = []
    for child in trials.children_of(store, parent.region, parent.answer[TUNING.arn_key]):
        is_open = child.answer["ObjectiveStatus"] == "Pending"
        objective = objectives[child.answer.get("TrainingJobDefinitionName")]
        children.append(trials.settled(store, child, objective) if is_open else child)
    return _told(children, Objective.of(request, definitions[0]))
