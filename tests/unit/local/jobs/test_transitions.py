"""Secondary states of a training job."""

from airflow_mlmax.local.jobs import transitions


def test_each_closes_the_one_before() -> None:
    """A move ends the open transition; the new one is open until the next move."""
    answer = transitions.moved({}, "Starting", "Starting the training job", 1.0)
    answer = transitions.moved(answer, "Training", "Training in progress", 2.0)
    assert answer == {
        "SecondaryStatus": "Training",
        "SecondaryStatusTransitions": [
            {
                "Status": "Starting",
                "StartTime": 1.0,
                "EndTime": 2.0,
                "StatusMessage": "Starting the training job",
            },
            {"Status": "Training", "StartTime": 2.0, "StatusMessage": "Training in progress"},
        ],
        "LastModifiedTime": 2.0,
    }


def test_one_status_one_transition() -> None:
    """Within one status only the message changes."""
    answer = transitions.moved({}, "Starting", "Starting the training job", 1.0)
    answer = transitions.moved(answer, "Starting", "Preparing the instances", 2.0)
    assert answer["SecondaryStatusTransitions"] == [
        {"Status": "Starting", "StartTime": 1.0, "StatusMessage": "Preparing the instances"}
    ]


def test_the_last_is_closed_and_says_something_new() -> None:
    """The terminal transition has an end and a message of its own."""
    answer = transitions.moved({}, "Uploading", "Uploading generated training model", 1.0)
    last = transitions.closed(answer, "Completed", 2.0)["SecondaryStatusTransitions"][-1]
    assert last == {
        "Status": "Completed",
        "StartTime": 2.0,
        "EndTime": 2.0,
        "StatusMessage": "Training job completed",
    }


def test_stale_message() -> None:
    """On request the last message repeats the one before."""
    answer = transitions.moved({}, "Uploading", "Uploading generated training model", 1.0)
    last = transitions.closed(answer, "Completed", 2.0, stale=True)["SecondaryStatusTransitions"][-1]
    assert last["StatusMessage"] == "Uploading generated training model"


def test_no_old_transition_is_changed() -> None:
    """The stored answer stays as it is until the store is told."""
    before = transitions.moved({}, "Starting", "Starting the training job", 1.0)
    transitions.moved(before, "Training", "Training in progress", 2.0)
    assert "EndTime" not in before["SecondaryStatusTransitions"][0]
