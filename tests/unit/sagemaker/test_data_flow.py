import pytest

from airflow_mlmax.sagemaker.data_flow import Reading, UnlistedError, readings, result_prefixes
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING

CHANNEL = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/rows"}}}
CODE = {"sagemaker_submit_directory": '"s3://b/code/source.tar.gz"'}


def test_a_training_reads_its_channels_and_its_code() -> None:
    """What it only writes to, and may resume from, is no input."""
    request = {
        "InputDataConfig": [CHANNEL],
        "HyperParameters": {"depth": "3", **CODE},
        "CheckpointConfig": {"S3Uri": "s3://b/checkpoints"},
        "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
    }
    found = [Reading("s3://b/rows"), Reading("s3://b/code/source.tar.gz")]
    assert [*readings(request)] == found
    assert [*readings({"TrainingJobDefinition": request})] == found


def test_code_that_a_channel_brings_is_read_once() -> None:
    """An isolated container finds it at a path of its own, which is no address in S3."""
    path = {"sagemaker_submit_directory": '"/opt/ml/input/data/code/source.tar.gz"'}
    request = {"InputDataConfig": [CHANNEL], "HyperParameters": path}
    assert [*readings(request)] == [Reading("s3://b/rows")]


def test_a_processing_reads_prefixes_and_manifests() -> None:
    """Outputs have the same member for their address."""
    request = {
        "ProcessingInputs": [
            {"S3Input": {"S3DataType": "ManifestFile", "S3Uri": "s3://b/rows.manifest"}},
            {"S3Input": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/code/"}},
        ],
        "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://b/out"}}]},
    }
    assert [*readings(request)] == [
        Reading("s3://b/rows.manifest", is_manifest=True),
        Reading("s3://b/code/"),
    ]


def test_a_model_reads_its_archives() -> None:
    """All containers of a pipeline."""
    model = {"Containers": [{"ModelDataUrl": "s3://b/1.tar.gz"}, {"ModelDataUrl": "s3://b/2.tar.gz"}]}
    assert [*readings(model)] == [Reading("s3://b/1.tar.gz"), Reading("s3://b/2.tar.gz")]


@pytest.mark.parametrize(
    "source",
    [
        {"FileSystemDataSource": {"FileSystemId": "fs-1"}},
        {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/lines"}},
        {"DatasetDefinition": {"AthenaDatasetDefinition": {}}},
    ],
    ids=["file system", "augmented manifest", "query"],
)
def test_what_cannot_be_listed_is_refused(source: dict[str, object]) -> None:
    """Half of the inputs would say nothing of the rest."""
    with pytest.raises(UnlistedError):
        list(readings({"InputDataConfig": [CHANNEL, {"DataSource": source}]}))


OUTPUT = {"OutputDataConfig": {"S3OutputPath": "s3://b/models/"}}


@pytest.mark.parametrize(
    ("family", "description", "prefixes"),
    [
        (
            PROCESSING,
            {
                "ProcessingOutputConfig": {
                    "Outputs": [{"S3Output": {"S3Uri": "s3://b/out"}}, {"OutputName": "x"}]
                }
            },
            ["s3://b/out/"],
        ),
        (TRAINING, {"TrainingJobName": "t", **OUTPUT}, ["s3://b/models/t/output/"]),
        (TRANSFORM, {"TransformOutput": {"S3OutputPath": "s3://b/scored/"}}, ["s3://b/scored/"]),
        (
            TUNING,
            {"TrainingJobDefinition": OUTPUT, "BestTrainingJob": {"TrainingJobName": "t-1"}},
            ["s3://b/models/t-1/output/"],
        ),
        (
            TUNING,
            {"TrainingJobDefinitions": [OUTPUT], "BestTrainingJob": {"TrainingJobName": "t-1"}},
            ["s3://b/models/t-1/output/"],
        ),
        (TUNING, {"TrainingJobDefinition": OUTPUT}, []),
    ],
    ids=["processing", "training", "transform", "tuning", "tuning of several", "no winner"],
)
def test_results_lie_below_these_prefixes(family: object, description: object, prefixes: list[str]) -> None:
    """What is no place in S3 is left out."""
    assert result_prefixes(family, description) == prefixes  # type: ignore[arg-type]
