"""Runs a user's script as a framework image does: fetch the code, install its requirements, call it, tell of failure."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping

from airflow_mlmax.local.container import archives, contract, requirements, transfer
from airflow_mlmax.local.container.interpreters import Interpreter
from airflow_mlmax.local.container.script_mode import Script
from airflow_mlmax.local.container.transfer import Item, Location
from airflow_mlmax.local.jobs import channels, hosts
from airflow_mlmax.local.jobs.hosts import Cluster, Host
from airflow_mlmax.local.jobs.job import Job, JobError

_PACKAGES = "packages"
_TRACEBACK_LINES = 20


class ScriptRun:
    """One run of a script on every host of a training job."""

    def __init__(self, job: Job, script: Script, interpreter: Interpreter, cluster: Cluster) -> None:
        self.job = job
        self.script = script
        self.interpreter = interpreter
        self.cluster = cluster
        self._tail: deque[str] = deque(maxlen=_TRACEBACK_LINES)

    def run(self, environment: Callable[[Host], Mapping[str, str]], on_line: Callable[[str], None]) -> int:
        """Exit code of the script, or of the installation of its requirements if that failed."""
        for host in self.cluster.hosts:
            self._fetch(host)
        code = self._install(environment)
        kind = "InstallRequirementsError"
        if not code:
            kind = "ExecuteUserScriptError"
            code = self._call(environment, on_line)
        for host in self.cluster.hosts:
            self._report(host, kind, code)
        return code

    def _fetch(self, host: Host) -> None:
        """Put the source into /opt/ml/code; it comes as an archive or a folder, in S3 or below /opt/ml."""
        code = host.ml / "code"
        source = host.folder / "sourcedir.tar.gz"
        if self.script.source.startswith("s3://"):
            location = Location.parse(self.script.source)
            item = Item(location.bucket, location.key, source.name)
            transfer.download(self.job.site.objects, [item], source.parent)
        else:
            source = contract.place(host.ml, self.script.source)
        if source.is_dir():
            if source != code:
                shutil.copytree(source, code, dirs_exist_ok=True)
        elif source.is_file():
            archives.unpack(source, code)
        program = code / self.script.program
        if not (program.is_file() or (code / "setup.py").is_file()):
            raise JobError(f"ClientError: {self.script.program} is not in {self.script.source}")
        if self.script.kind(code) == "command":
            program.chmod(0o777)

    def _install(self, environment: Callable[[Host], Mapping[str, str]]) -> int:
        """Install requirements.txt, once for all hosts."""
        first = self.cluster.hosts[0]
        code = first.ml / "code"
        if self.script.kind(code) == "command" or not requirements.are_in(code):
            return 0
        packages, tail = self.job.folder / _PACKAGES, self._tail.append
        variables = environment(first)
        return requirements.install(self.job, first, self.interpreter, code, packages, variables, tail)

    def _call(self, environment: Callable[[Host], Mapping[str, str]], on_line: Callable[[str], None]) -> int:
        inputs = channels.input_config(self.job)

        def variables(host: Host) -> dict[str, str]:
            resources = self.cluster.resource_config(host)
            given = environment(host)
            path = [str(host.ml / "code"), str(self.job.folder / _PACKAGES), given.get("PYTHONPATH", "")]
            script = self.script.environment(inputs, resources, self.job.name)
            return {**script, **given, "PYTHONPATH": os.pathsep.join(filter(None, path))}

        def seen(line: str) -> None:
            self._tail.append(line)
            on_line(line)

        command = self.script.command(self.cluster.hosts[0].ml / "code", self.interpreter.python)
        return hosts.run(self.job, self.cluster, command, variables, cwd="ml/code", on_line=seen)

    def _report(self, host: Host, kind: str, code: int) -> None:
        """Leave `success` or `failure` behind, as the toolkit does; the script's own failure file has the word."""
        output = host.ml / "output"
        if not code:
            (output / "success").touch()
        elif not (output / "failure").exists():
            error = next((line for line in reversed(self._tail) if line.strip()), "")
            text = f'{kind}:\nExitCode {code}\nErrorMessage "{error}"\nCommand "{self.script.program}"'
            (output / "failure").write_text(text)
