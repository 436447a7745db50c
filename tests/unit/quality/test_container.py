"""The folder `quality` as a processing job has it: alone, under another name, with little else installed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import airflow_mlmax.quality

PROGRAM = """
import sys
from pathlib import Path
for name in ("airflow", "airflow_mlmax", "boto3", "great_expectations", "pandas", "pyspark"):
    sys.modules[name] = None  # an import of it fails
sys.path[0] = sys.argv[1]
from alone.checking import Question, check
root = Path(sys.argv[1])
item = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "age"}}
question = Question(
    suite={"name": "s", "expectations": [item]},
    dataset={"uri": "s3://b/k", "bytes": 1, "manifest_sha256": "x"},
    artifacts="s3://b/dq",
)
document = check(question, [root / "rows.csv"], root, root)
print(document["status"], document["rows"]["bad"])
"""


def test_the_folder_runs_alone(tmp_path: Path) -> None:
    """Nothing of the package, of Airflow or of the slower engines is needed to check rows with DuckDB."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(airflow_mlmax.quality.__file__).parent, tmp_path / "alone", ignore=ignored)
    (tmp_path / "rows.csv").write_text("id,age\n1,2\n2,\n")
    shown = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, check=False
    )
    assert shown.stdout == "fail 1\n", shown.stderr
    assert json.loads((tmp_path / "verdict.json").read_text())["decision"] == "stop"
