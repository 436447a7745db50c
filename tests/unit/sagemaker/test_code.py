import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_mlmax.sagemaker.code import SourceFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for name, text in {
        "train.py": "print(1)",
        "lib/parts.py": "x = 1",
        "run.sh": "echo",
        "tests/test_train.py": "",
        "__pycache__/train.pyc": "",
        "lib/old.pyc": "",
        ".git/config": "",
    }.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    (source / "run.sh").chmod(0o755)
    return source


def names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getnames()


def test_only_what_a_job_needs_travels(folder: Path) -> None:
    """Sources sorted by name; no byte code, no version control, no tests unless asked for."""
    assert names(SourceFolder(folder).archive()) == ["lib/parts.py", "run.sh", "train.py"]
    assert "tests/test_train.py" in SourceFolder(folder, with_tests=True).files


def test_equal_files_give_equal_archives(folder: Path, tmp_path: Path) -> None:
    """Times, owners and the order of creation leave no trace."""
    copy = tmp_path / "copy"
    for name in ("train.py", "run.sh", "lib/parts.py"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((folder / name).read_bytes())
        os.utime(copy / name, (1, 1))
    (copy / "run.sh").chmod(0o700)
    one, other = SourceFolder(folder), SourceFolder(copy)
    assert one.digest == other.digest
    assert one.archive() == other.archive()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "train.py").write_text("print(2)"),
        lambda root: (root / "train.py").rename(root / "fit.py"),
        lambda root: (root / "train.py").chmod(0o755),
        lambda root: (root / "new.py").write_text(""),
    ],
    ids=["content", "name", "mode", "file"],
)
def test_every_change_changes_the_digest(folder: Path, change: Callable[[Path], None]) -> None:
    """What a job would notice, the digest notices."""
    before = SourceFolder(folder).digest
    change(folder)
    assert SourceFolder(folder).digest != before


def test_execute_bits_travel(folder: Path) -> None:
    """A shell script stays executable."""
    with tarfile.open(fileobj=io.BytesIO(SourceFolder(folder).archive())) as tar:
        assert {entry.name: entry.mode for entry in tar}["run.sh"] == 0o755


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """What lies outside is not sent by accident."""
    (tmp_path / "secret").write_text("s")
    (folder / "link.py").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match=r"link\.py is a link that leads out"):
        _ = SourceFolder(folder).files


def test_missing_folder_empty_folder_missing_script(folder: Path, tmp_path: Path) -> None:
    """Each is told apart, and the last shows what there is."""
    with pytest.raises(ValueError, match="is no folder"):
        _ = SourceFolder(tmp_path / "nowhere").files
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no file"):
        _ = SourceFolder(tmp_path / "empty").files
    with pytest.raises(ValueError, match=r"lib/parts\.py, run\.sh, train\.py"):
        SourceFolder(folder).require("trian.py")
