"""Training jobs: channels in, a script or a program of the image on every instance, model and output out."""

from typing import Any

from airflow_mlmax.local.container import contract
from airflow_mlmax.local.container.interpreters import Interpreter
from airflow_mlmax.local.container.script_mode import Script
from airflow_mlmax.local.container.script_run import ScriptRun
from airflow_mlmax.local.jobs import artifacts, channels, hosts, spot
from airflow_mlmax.local.jobs.hosts import Cluster, Host
from airflow_mlmax.local.jobs.job import Job, JobError, Outcome
from airflow_mlmax.local.jobs.measurements import Measurements

_LONGEST_REASON = 1024


def run(job: Job) -> Outcome:
    """Run a training job, as often as interruptions and its retry strategy ask for, and store what it made."""
    algorithm = job.request["AlgorithmSpecification"]
    interpreter = job.interpreter(algorithm["TrainingImage"])
    program = _Program(job, interpreter)
    measurements = Measurements(job, algorithm.get("MetricDefinitions", ()))
    cluster = hosts.cluster(job, job.request["ResourceConfig"])

    def attempt() -> int:
        _prepare(job, cluster)
        job.transition("Training", "Training image download completed. Training in progress.")
        with spot.saved(job, cluster):
            return program.run(cluster, measurements)

    code = spot.attempts(job, attempt)
    job.transition("Uploading", "Uploading generated training model")
    answer: dict[str, Any] = {"ModelArtifacts": {"S3ModelArtifacts": artifacts.upload(job, cluster)}}
    if metrics := measurements.final():
        answer["FinalMetricDataList"] = metrics
    if code:
        return Outcome("Failed", _failure(cluster, code), answer)
    return Outcome("Completed", answer=answer)


def _prepare(job: Job, cluster: Cluster) -> None:
    job.transition("Starting", "Preparing the instances for training")
    for host in cluster.hosts:
        channels.configure(job, cluster, host)
    job.transition("Downloading", "Downloading input data")
    channels.download(job, cluster)
    spot.restore(job, cluster)


def _failure(cluster: Cluster, code: int) -> str:
    """The failure reason: what the job wrote to /opt/ml/output/failure, within the service's 1024 characters."""
    texts = (contract.first_text(host.ml / "output" / "failure") for host in cluster.hosts)
    text = next(filter(None, texts), "See job logs for more information")
    end = f", exit code: {code}"
    return f"AlgorithmError: {text}"[: _LONGEST_REASON - len(end)] + end


class _Program:
    """What a training job runs: its own entrypoint, its script, or what stands for the image's `train`."""

    def __init__(self, job: Job, interpreter: Interpreter) -> None:
        self.job = job
        self.interpreter = interpreter
        algorithm = job.request["AlgorithmSpecification"]
        entrypoint = algorithm.get("ContainerEntrypoint", ())
        self.script = None if entrypoint else Script.of(job.request.get("HyperParameters", {}))
        self.words = [*(entrypoint or interpreter.train), *algorithm.get("ContainerArguments", ())]
        if not (self.script or entrypoint or interpreter.train):
            raise JobError(
                "ClientError: what the image runs for `train` is not available locally: give ContainerEntrypoint, "
                f"the hyperparameter sagemaker_program, or `train` in {job.site.interpreters.source}"
            )

    def run(self, cluster: Cluster, measurements: Measurements) -> int:
        """Exit code of one run on all hosts."""
        if self.script:
            script_run = ScriptRun(self.job, self.script, self.interpreter, cluster)
            return script_run.run(self._environment, measurements.seen)
        command = self.interpreter.command(self.words)
        return hosts.run(self.job, cluster, command, self._environment, on_line=measurements.seen)

    def _environment(self, host: Host) -> dict[str, str]:
        own = {
            "TRAINING_JOB_NAME": self.job.name,
            "TRAINING_JOB_ARN": self.job.arn,
            "CURRENT_HOST": host.name,
        }
        return contract.environment(self.job, self.interpreter, own, self.job.request.get("Environment", {}))
