"""Training jobs, from Create to model, metrics and times."""

import io
import json
import tarfile
import time
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.local.server import LocalRuntime

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated", **more}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def members(jobs: Any, key: str) -> dict[str, bytes]:
    """Files of an archive in S3."""
    with tarfile.open(fileobj=io.BytesIO(jobs.get(key))) as tar:
        return {
            member.name: file.read()
            for member in tar
            if member.isfile() and (file := tar.extractfile(member))
        }


def test_model_and_output(jailed_jobs: Any) -> None:
    """Channels come in; the model and the rest of the output are stored as archives with files at the root."""
    jobs = jailed_jobs
    jobs.put(**{"data/a.csv": "1,2"})
    name = jobs.training(
        """
data = open('/opt/ml/input/data/train/a.csv').read()
open('/opt/ml/model/weights', 'w').write(data)
open('/opt/ml/output/data/report', 'w').write('fine')
""",
        InputDataConfig=[channel("train", jobs.uri("data/"))],
    )
    found = jobs.ended(name)
    assert found["TrainingJobStatus"] == "Completed"
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == jobs.uri(f"models/{name}/output/model.tar.gz")
    assert members(jobs, f"models/{name}/output/model.tar.gz") == {"weights": b"1,2"}
    assert members(jobs, f"models/{name}/output/output.tar.gz") == {"data/report": b"fine"}


def test_configuration_files(jobs: Any) -> None:
    """The job finds hyperparameters as strings, its channels, its hosts and its name."""
    jobs.put(**{"data/a.csv": "1"})
    name = jobs.training(
        """
import json, os
folder = '/opt/ml/input/config/'
files = {name: json.load(open(folder + name)) for name in sorted(os.listdir(folder))}
print(json.dumps([files, os.environ['TRAINING_JOB_NAME'], os.environ['TRAINING_JOB_ARN']]))
""",
        HyperParameters={"alpha": "0.1"},
        InputDataConfig=[{**channel("train", jobs.uri("data/")), "ContentType": "text/csv"}],
    )
    found = jobs.ended(name)
    files, own_name, arn = json.loads(jobs.lines(name)[0])
    assert (own_name, arn) == (name, found["TrainingJobArn"])
    assert files == {
        "hyperparameters.json": {"alpha": "0.1"},
        "inputdataconfig.json": {
            "train": {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
                "ContentType": "text/csv",
            }
        },
        "resourceconfig.json": {
            "current_host": "algo-1",
            "hosts": ["algo-1"],
            "network_interface_name": "eth0",
            "current_instance_type": "ml.m5.large",
            "current_group_name": "homogeneousCluster",
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": "ml.m5.large",
                    "hosts": ["algo-1"],
                }
            ],
        },
    }


def test_script_mode(jailed_jobs: Any) -> None:
    """A script gets sorted arguments, SM_ variables and its code folder; decoded values, Python's words for them."""
    jobs = jailed_jobs
    name = jobs.training(
        "",
        **jobs.script(
            """
import os, sys
import helper
print(sys.argv)
print(helper.VALUE, os.getcwd() == os.path.realpath(os.path.dirname(os.path.abspath(__file__))))
print(os.environ['SM_HPS'], os.environ['SM_MODULE_NAME'])
open(os.path.join(os.environ['SM_MODEL_DIR'], 'm'), 'w').write('model')
""",
            {"helper.py": b"VALUE = 'helped'"},
            depth=3,
            c=True,
        ),
    )
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    assert jobs.lines(name) == [
        "['train.py', '-c', 'True', '--depth', '3']",
        "helped True",
        '{"c":true,"depth":3} train',
    ]
    assert members(jobs, f"models/{name}/output/model.tar.gz") == {"m": b"model"}
    assert "success" in members(jobs, f"models/{name}/output/output.tar.gz")


def test_shell_script(jobs: Any) -> None:
    """An entry point that is no Python is a command."""
    arguments = jobs.script("", {"run.sh": b"#!/bin/sh\necho $1 $2\n"}, sagemaker_program="run.sh", depth=3)
    name = jobs.training("", **arguments)
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    assert jobs.lines(name) == ["--depth 3"]


def test_source_below_opt_ml(jobs: Any) -> None:
    """The source may also lie in a channel."""
    jobs.put(**{"src/train.py": "print('from the channel')"})
    name = jobs.training(
        "",
        algorithm={"ContainerEntrypoint": None},
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code",
        },
        InputDataConfig=[channel("code", jobs.uri("src/"))],
    )
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    assert jobs.lines(name) == ["from the channel"]


def test_program_that_is_not_there(jobs: Any) -> None:
    """An entry point that the source lacks is the client's error."""
    name = jobs.training("", **jobs.script("pass", sagemaker_program="absent.py"))
    assert jobs.ended(name)["FailureReason"].startswith("ClientError: absent.py is not in s3://")


def test_source_that_is_not_there(jobs: Any) -> None:
    """A source that S3 lacks is the client's error."""
    source = jobs.script("pass", sagemaker_submit_directory=jobs.uri("absent.tar.gz"))
    assert jobs.ended(jobs.training("", **source))["FailureReason"].startswith(
        "ClientError: Data download failed"
    )


def test_archive_that_escapes(jobs: Any) -> None:
    """A source archive that would write outside its folder fails the job."""
    name = jobs.training("", **jobs.script("", {"../../../escaped": b"x"}))
    assert "cannot be unpacked" in jobs.ended(name)["FailureReason"]


def test_requirements_that_cannot_be_installed(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """requirements.txt is installed first; if that fails the script does not run."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    files = {"requirements.txt": b"mlmax-no-such-package-here\n"}
    name = jobs.training("", **jobs.script("print('not reached')", files))
    found = jobs.ended(name)
    assert found["FailureReason"].startswith("AlgorithmError: InstallRequirementsError")
    assert "not reached" not in jobs.lines(name)


def wheel(module: str, code: str) -> bytes:
    """The smallest package that can be installed without a network."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(f"{module}.py", code)
        archive.writestr(
            f"{module}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n"
        )
        archive.writestr(
            f"{module}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{module}-1.dist-info/RECORD", "")
    return raw.getvalue()


def test_requirements_are_for_this_job_alone(jobs: Any) -> None:
    """What requirements.txt names can be imported by the script, and by nobody else."""
    files = {
        "requirements.txt": b"./mlmax_mine-1-py3-none-any.whl\n",
        "mlmax_mine-1-py3-none-any.whl": wheel("mlmax_mine", "VALUE = 'installed'"),
    }
    name = jobs.training("", **jobs.script("import mlmax_mine; print(mlmax_mine.VALUE)", files))
    found = jobs.ended(name)
    assert found["TrainingJobStatus"] == "Completed", found.get("FailureReason")
    assert jobs.lines(name)[-1] == "installed"
    with pytest.raises(ModuleNotFoundError):
        __import__("mlmax_mine")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(
            "open('/opt/ml/output/failure', 'w').write('no data'); raise SystemExit(2)",
            "AlgorithmError: no data, exit code: 2",
            id="own words",
        ),
        pytest.param(
            "raise SystemExit(3)",
            "AlgorithmError: See job logs for more information, exit code: 3",
            id="no words",
        ),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "AlgorithmError: See job logs for more information, exit code: 137",
            id="killed",
        ),
    ],
)
def test_failure(jobs: Any, code: str, reason: str) -> None:
    """A non-zero exit is an AlgorithmError in the job's own words; what it left is stored."""
    name = jobs.training(f"open('/opt/ml/model/m', 'w').write('m'); {code}")
    found = jobs.ended(name)
    assert (found["TrainingJobStatus"], found["FailureReason"]) == ("Failed", reason)
    assert "Uploading" in [transition["Status"] for transition in found["SecondaryStatusTransitions"]]
    assert members(jobs, f"models/{name}/output/model.tar.gz") == {"m": b"m"}


def test_long_failure_keeps_the_code(jobs: Any) -> None:
    """A long failure text is cut to the service's limit, the exit code stays readable."""
    name = jobs.training("open('/opt/ml/output/failure', 'w').write('x' * 5000); raise SystemExit(2)")
    reason = jobs.ended(name)["FailureReason"]
    assert len(reason) == 1024
    assert reason.endswith("x, exit code: 2")


def test_script_failure_tells_the_error(jobs: Any) -> None:
    """In script mode the last line of the traceback is in the reason; hyperparameters are not."""
    name = jobs.training("", **jobs.script("raise ValueError('bad data')", secret="hunter2"))
    reason = jobs.ended(name)["FailureReason"]
    assert reason.startswith("AlgorithmError: ExecuteUserScriptError")
    assert "ValueError: bad data" in reason
    assert "hunter2" not in reason


def test_transitions(jobs: Any) -> None:
    """Every state has a message and closes the one before; the last message is a new one."""
    found = jobs.ended(jobs.training("pass"))
    transitions = found["SecondaryStatusTransitions"]
    states = [transition["Status"] for transition in transitions]
    assert states == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert found["SecondaryStatus"] == "Completed"
    assert all(transition["StatusMessage"] for transition in transitions)
    assert transitions[-1]["StatusMessage"] != transitions[-2]["StatusMessage"]
    for earlier, later in pairwise(transitions):
        assert earlier["EndTime"] == later["StartTime"]


def test_metrics(jobs: Any) -> None:
    """The last match of each expression is final, every match goes to CloudWatch, and nothing else does."""
    definitions = [
        {"Name": "auc", "Regex": "auc=([0-9.]+)"},
        {"Name": "loss", "Regex": "loss: (\\S+)"},
        {"Name": "never", "Regex": "never=([0-9.]+)"},
    ]
    name = jobs.training(
        "print('auc=0.5'); print('auc=0.75'); print('loss: low'); print('loss: 0.1')",
        algorithm={"MetricDefinitions": definitions},
    )
    found = jobs.ended(name)
    final = {metric["MetricName"]: metric["Value"] for metric in found["FinalMetricDataList"]}
    assert final == pytest.approx({"auc": 0.75, "loss": 0.1})
    answer = jobs.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="auc",
        Dimensions=[{"Name": "TrainingJobName", "Value": name}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 600,
        Period=3600,
        Statistics=["SampleCount"],
    )
    assert sum(point["SampleCount"] for point in answer["Datapoints"]) == 2


def test_bad_metric_expression(jobs: Any) -> None:
    """An expression that does not compile fails the job with its name."""
    definitions = [{"Name": "auc", "Regex": "auc=("}]
    name = jobs.training("pass", algorithm={"MetricDefinitions": definitions})
    assert jobs.ended(name)["FailureReason"].startswith("ClientError: metric auc")


def test_times(jobs: Any) -> None:
    """The billed interval is bounded by start and end; whole seconds, at least one."""
    found = jobs.ended(jobs.training("pass"))
    assert found["CreationTime"] <= found["TrainingStartTime"] <= found["TrainingEndTime"]
    assert found["TrainingTimeInSeconds"] == found["BillableTimeInSeconds"] >= 1


def test_uncompressed(jobs: Any) -> None:
    """With compression NONE the files themselves are stored."""
    name = jobs.training(
        "open('/opt/ml/model/m', 'w').write('m'); open('/opt/ml/output/data/r', 'w').write('r')",
        OutputDataConfig={"S3OutputPath": jobs.uri("plain"), "CompressionType": "NONE"},
    )
    found = jobs.ended(name)
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == jobs.uri(f"plain/{name}/output/model/")
    assert jobs.keys("plain") == [f"plain/{name}/output/{key}" for key in ("model/m", "output/data/r")]


def test_several_hosts(jobs: Any) -> None:
    """Every instance has its own process, shard and log stream; the models of all are merged."""
    jobs.put(**{f"data/{number}": "" for number in range(4)})
    name = jobs.training(
        """
import json, os
host = json.load(open('/opt/ml/input/config/resourceconfig.json'))['current_host']
open(f'/opt/ml/model/{host}', 'w').write(','.join(sorted(os.listdir('/opt/ml/input/data/train'))))
open('/opt/ml/model/shared', 'w').write(host)
print(host)
""",
        count=2,
        InputDataConfig=[channel("train", jobs.uri("data/"), S3DataDistributionType="ShardedByS3Key")],
    )
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    model = members(jobs, f"models/{name}/output/model.tar.gz")
    assert model == {"algo-1": b"0,2", "algo-2": b"1,3", "shared": b"algo-1"}
    assert jobs.lines(name, host="algo-2-") == ["algo-2"]


def test_instance_groups(jobs: Any) -> None:
    """Groups of unlike instances: each host knows its own, and a channel may be for one group."""
    jobs.put(**{"data/x": ""})
    groups = [
        {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "cpu"},
        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "InstanceGroupName": "fast"},
    ]
    name = jobs.training(
        """
import json, os
config = json.load(open('/opt/ml/input/config/resourceconfig.json'))
print(config['current_group_name'], config['current_instance_type'], os.listdir('/opt/ml/input/data'))
""",
        ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1},
        InputDataConfig=[channel("train", jobs.uri("data/"), InstanceGroupNames=["fast"])],
    )
    assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
    assert jobs.lines(name, host="algo-1-") == ["cpu ml.m5.large []"]
    assert jobs.lines(name, host="algo-2-") == ["fast ml.c5.xlarge ['train']"]


def test_image_without_a_program(jobs: Any) -> None:
    """An image whose own program is not known here is refused with what to give."""
    reason = jobs.ended(jobs.training("", algorithm={"ContainerEntrypoint": None}))["FailureReason"]
    assert reason.startswith("ClientError: what the image runs for `train` is not available locally")


def test_built_in_algorithm(jobs: Any) -> None:
    """A built-in algorithm is not pretended to be there."""
    image = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
    name = jobs.training("", algorithm={"TrainingImage": image, "ContainerEntrypoint": None})
    reason = jobs.ended(name)["FailureReason"]
    assert reason.startswith(f"ClientError: image {image} is not available locally")


def test_own_program_of_an_image(tmp_path: Path, connect: Any) -> None:
    """A table of images may name the program that stands for `train`."""
    table = tmp_path / "interpreters.toml"
    table.write_text(
        '[[interpreter]]\nimage = "*/xgboost:*"\npython = "runtime"\n'
        'train = ["python", "-c", "print(\\"trained\\")"]\n'
    )
    with LocalRuntime(tmp_path / "data", interpreters=table) as server:
        jobs = connect(server)
        image = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
        name = jobs.training("", algorithm={"TrainingImage": image, "ContainerEntrypoint": None})
        assert jobs.ended(name)["TrainingJobStatus"] == "Completed"
        assert jobs.lines(name) == ["trained"]


def test_environment_wins_last(jobs: Any) -> None:
    """Variables of the request are the last word, and the runtime's own secrets are not passed on."""
    name = jobs.training(
        "import os; print(os.environ['AWS_REGION'], 'AIRFLOW_CONN_AWS_DEFAULT' in os.environ)",
        Environment={"AWS_REGION": "mine"},
    )
    jobs.ended(name)
    assert jobs.lines(name) == ["mine False"]
