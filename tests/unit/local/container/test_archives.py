"""Archives that a job leaves or is given."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from airflow_mlmax.local.container import archives
from airflow_mlmax.local.jobs.job import JobError


def archive(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def test_round_trip(tmp_path: Path) -> None:
    """Files stand at the root of the archive and come back the same."""
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "code" / "inference.py").write_text("pass")
    archives.pack(folder, tmp_path / "model.tar.gz")
    archives.unpack(tmp_path / "model.tar.gz", tmp_path / "again")
    assert (tmp_path / "again" / "model.bin").read_bytes() == b"weights"
    assert (tmp_path / "again" / "code" / "inference.py").read_text() == "pass"


def test_same_files_same_bytes(tmp_path: Path) -> None:
    """Neither the time of packing nor the user is in the archive."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_text("a")
    archives.pack(folder, tmp_path / "1.tar.gz")
    archives.pack(folder, tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()


def test_pipes_are_left_out(tmp_path: Path) -> None:
    """What cannot be stored is not packed."""
    folder = tmp_path / "model"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    archives.pack(folder, tmp_path / "model.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz") as tar:
        assert tar.getnames() == []


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([member("../out", size=1)], id="parent folder"),
        pytest.param(
            [member("link", tarfile.SYMTYPE, "../.."), member("link/out", size=1)], id="through a link"
        ),
        pytest.param([member("hard", tarfile.LNKTYPE, "../../out")], id="hard link"),
        pytest.param([member("null", tarfile.CHRTYPE)], id="device"),
    ],
)
def test_escape_is_refused(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    """An archive that would write outside its folder fails the job, and nothing is written there."""
    path = archive(tmp_path / "bad.tar.gz", *members)
    with pytest.raises(JobError, match=r"ClientError: archive bad.tar.gz cannot be unpacked"):
        archives.unpack(path, tmp_path / "deep" / "target")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar.gz", "deep"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["target"]


def test_absolute_names_stay_inside(tmp_path: Path) -> None:
    """A leading slash is dropped."""
    path = archive(tmp_path / "odd.tar.gz", member("/mlmax-absolute", size=1))
    archives.unpack(path, tmp_path / "target")
    assert (tmp_path / "target" / "mlmax-absolute").exists()
    assert not Path("/mlmax-absolute").exists()


@pytest.mark.parametrize("cap", ["MOST_MEMBERS", "MOST_BYTES"])
def test_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: str) -> None:
    """Too many or too large members are refused before one is written."""
    monkeypatch.setattr(archives, cap, 2)
    path = archive(tmp_path / "big.tar.gz", *(member(name, size=1) for name in "abc"))
    with pytest.raises(JobError, match="more than"):
        archives.unpack(path, tmp_path / "target")
    assert list((tmp_path / "target").iterdir()) == []


def test_no_archive(tmp_path: Path) -> None:
    """Something else than a tar archive is the client's error."""
    (tmp_path / "x.tar.gz").write_text("text")
    with pytest.raises(JobError, match="ClientError: archive"):
        archives.unpack(tmp_path / "x.tar.gz", tmp_path / "target")
