"""Packing what a job leaves and unpacking what it is given; an archive never writes outside its folder."""

import gzip
import tarfile
from pathlib import Path

from airflow_mlmax.local.jobs.job import JobError

MOST_MEMBERS = 100_000
MOST_BYTES = 20 * 2**30


def pack(folder: Path, archive: Path) -> None:
    """Write a `.tar.gz` with the files of `folder` at its root. The same files give the same bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out sockets and devices, and the user's name and number."""
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(archive: Path, target: Path) -> None:
    """Unpack a tar archive into `target`.

    Raises JobError for something that is no tar archive, that would write outside, or that is larger than the caps.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as tar:
            _check_size(tar, archive)
            tar.extractall(target, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise JobError(f"ClientError: archive {archive.name} cannot be unpacked: {error}") from error


def _check_size(tar: tarfile.TarFile, archive: Path) -> None:
    size = 0
    for number, member in enumerate(tar, 1):
        size += member.size
        if number > MOST_MEMBERS or size > MOST_BYTES:
            raise JobError(
                f"ClientError: archive {archive.name} has more than {MOST_MEMBERS} members or {MOST_BYTES} bytes"
            )
