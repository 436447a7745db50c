"""The program that leads `/opt/ml` into a job's folder where namespaces are not to be had."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_mlmax.local.container.boot import namespace, remap

BOOTS = [Path(remap.__file__), Path(namespace.__file__)]


def run(root: Path, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, remap.__file__, str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root.parent)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ml"
    (root / "code").mkdir(parents=True)
    (root / "data.txt").write_text("mine")
    return root


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        pytest.param("/opt/ml", "/job", id="the folder"),
        pytest.param("/opt/ml/model", "/job/model", id="below it"),
        pytest.param("--out=/opt/ml/model,/opt/ml/x", "--out=/job/model,/job/x", id="several"),
        pytest.param("s3 to '/opt/ml/model'.", "s3 to '/job/model'.", id="in a sentence"),
        pytest.param("/opt/mlflow", "/opt/mlflow", id="another name"),
        pytest.param("/opt/ml-data/x", "/opt/ml-data/x", id="a longer name"),
        pytest.param("/home/opt/ml/x", "/home/opt/ml/x", id="elsewhere"),
    ],
)
def test_moved(text: str, moved: str) -> None:
    """Only the path /opt/ml and what lies below it is led elsewhere."""
    assert remap.moved(text, "/job") == moved


def test_script_and_its_modules_are_moved(root: Path) -> None:
    """The script, the modules it imports, f-strings and bytes read the job's own files; files stay as they are."""
    (root / "code" / "reading.py").write_text("def read():\n    return open('/opt/ml/data.txt').read()\n")
    script = root / "code" / "main.py"
    source = "import reading\nname = 'data'\nprint(reading.read(), open(f'/opt/ml/{name}.txt').read())\nprint(b'/opt/ml')\n"
    script.write_text(source)
    answer = run(root, str(script))
    assert answer.stdout.splitlines() == ["mine mine", repr(str(root).encode())]
    assert script.read_text() == source


def test_compiled_literals() -> None:
    """Text, bytes and the constant parts of f-strings are moved; names and other constants are not."""
    names: dict[str, object] = {}
    exec(remap.compiled("n = 1\na = '/opt/ml/x', b'/opt/ml', f'/opt/ml/{n}', n", "x.py", "/job"), names)  # noqa: S102
    assert names["a"] == ("/job/x", b"/job", "/job/1", 1)


def test_only_the_jobs_own_modules(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules from elsewhere are imported as ever."""
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    remap.install(str(root))
    hook = sys.path_hooks[0]
    with pytest.raises(ImportError):
        hook("/usr/lib")
    assert hook(str(root / "code")).find_spec("absent") is None
    sys.path_importer_cache.clear()


def test_no_byte_code(root: Path) -> None:
    """Neither is byte code written, nor is a stale one believed."""
    module = root / "code" / "module.py"
    module.write_text("print('/opt/ml')\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(module)], check=True)
    (root / "code" / "other.py").write_text("")
    (root / "code" / "main.py").write_text("import module, other\n")
    answer = run(root, str(root / "code" / "main.py"))
    assert answer.stdout.strip() == str(root)
    assert [path.name.partition(".")[0] for path in (root / "code" / "__pycache__").iterdir()] == ["module"]


def test_traceback_keeps_its_lines(root: Path) -> None:
    """An error names the user's file and line, and shows the line as it was written."""
    script = root / "code" / "main.py"
    script.write_text("\n\nopen('/opt/ml/absent')\n")
    answer = run(root, str(script))
    assert answer.returncode == 1
    assert f'File "{script}", line 3' in answer.stderr
    assert "open('/opt/ml/absent')" in answer.stderr


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        pytest.param(["code/args.py", "--a", "1"], "__main__ ['code/args.py', '--a', '1']", id="script"),
        pytest.param(["--", "code/args.py"], "__main__ ['code/args.py']", id="after the end of options"),
        pytest.param(["-c", "import sys; print(__name__, sys.argv)", "x"], "__main__ ['-c', 'x']", id="code"),
    ],
)
def test_called_as_python_calls(root: Path, words: list[str], printed: str) -> None:
    """The program finds the name and the arguments that Python itself would give it."""
    (root / "code" / "args.py").write_text("import sys\nprint(__name__, sys.argv)\n")
    command = [sys.executable, remap.__file__, str(root), *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert answer.stdout.strip() == printed


def test_module(root: Path) -> None:
    """`-m` runs a module of the working directory, moved."""
    (root.parent / "tool.py").write_text("import sys\nprint(__name__, sys.argv[1:], '/opt/ml')\n")
    assert run(root, "-m", "tool", "x").stdout.strip() == f"__main__ ['x'] {root}"


def test_pickles_of_main_classes(root: Path) -> None:
    """Classes of the script can be pickled, as in any program."""
    (root / "code" / "main.py").write_text(
        "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))))\n"
    )
    assert run(root, str(root / "code" / "main.py")).stdout.strip() == "<class '__main__.A'>"


@pytest.mark.parametrize("path", BOOTS, ids=lambda path: path.stem)
def test_old_python(path: Path) -> None:
    """What runs before a job is readable for Python 3.8 and imports nothing but the standard library."""
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
