"""The instances of a job: each is a process with an /opt/ml of its own."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_mlmax.local.jobs.job import Job

_ONE_GROUP = "homogeneousCluster"

WORK = "work"
"""The working folder of a host's program, beside its /opt/ml."""


@dataclass(frozen=True)
class Host:
    """One instance of a job."""

    name: str
    index: int
    instance_type: str
    group: str
    folder: Path

    @property
    def ml(self) -> Path:
        """What the host sees as /opt/ml."""
        return self.folder / "ml"


@dataclass(frozen=True)
class Cluster:
    """All instances of a job."""

    hosts: tuple[Host, ...]

    @property
    def names(self) -> list[str]:
        return [host.name for host in self.hosts]

    def resource_config(self, host: Host) -> dict[str, Any]:
        """`resourceconfig.json` as the host sees it."""
        groups: dict[str, list[Host]] = {}
        for member in self.hosts:
            groups.setdefault(member.group, []).append(member)
        return {
            "current_host": host.name,
            "current_instance_type": host.instance_type,
            "current_group_name": host.group,
            "hosts": self.names,
            "instance_groups": [
                {
                    "instance_group_name": name,
                    "instance_type": members[0].instance_type,
                    "hosts": [member.name for member in members],
                }
                for name, members in groups.items()
            ],
            "network_interface_name": "eth0",
        }


def cluster(job: Job, resources: Mapping[str, Any]) -> Cluster:
    """The instances that a request asks for: one kind, or several groups, or the first preference."""
    groups = resources.get("InstanceGroups") or [resources]
    if preferences := resources.get("InstancePreferences"):
        groups = [{**resources, **preferences[0]}]
    kinds = [
        (group.get("InstanceType", "ml.m5.large"), group.get("InstanceGroupName", _ONE_GROUP))
        for group in groups
        for _ in range(group.get("InstanceCount", 1))
    ]
    return Cluster(
        tuple(
            Host(f"algo-{number}", number - 1, instance_type, group, job.folder / f"algo-{number}")
            for number, (instance_type, group) in enumerate(kinds, 1)
        )
    )


def run(
    job: Job,
    hosts: Cluster,
    command: Sequence[str],
    environment: Callable[[Host], Mapping[str, str]],
    *,
    cwd: str = WORK,
    on_line: Callable[[str], None] | None = None,
) -> int:
    """Run one command on every host. The first that fails ends the others; its exit code is the answer.

    `cwd` is relative to the host's folder.
    """
    if job.cause:
        return 1
    processes = [
        job.start_process(
            command,
            environment=environment(host),
            folder=host.ml,
            cwd=host.folder / cwd,
            host=host.name,
            hosts=hosts.names,
            on_line=on_line,
        )
        for host in hosts.hosts
    ]
    if len(processes) == 1:
        return _exit_code(job.wait(processes[0]))
    code = 0
    with ThreadPoolExecutor(len(processes)) as waiting:
        for ended in as_completed([waiting.submit(job.wait, process) for process in processes]):
            if ended.result() and not code:
                code = _exit_code(ended.result())
                for process in processes:
                    process.kill()
    return code


def _exit_code(code: int) -> int:
    """A container tells of a signal by 128 and its number."""
    return code if code >= 0 else 128 - code
