import json
from typing import Any

import pytest

from airflow_mlmax.sagemaker.checks import examine
from airflow_mlmax.sagemaker.redaction import redacted
from airflow_mlmax.sagemaker.secrets import looks_secret, secret_faults

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3"
MARK = "marker-value"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD", "x"),
        ("dbPassword", "x"),
        ("api_key", "x"),
        ("openaiApiKey", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("HF_TOKEN", "hf_abcdefghijklmnop"),
        ("harmless", "AKIAABCDEFGHIJKLMNOP"),
        ("--password", "x"),
        ("client-secret", "x"),
        ("DB_PASSWORDS", "x"),
        ("Authorization", "x"),
        ("harmless", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"),
        ("harmless", "Bearer abcdefghijklmnop.qrst"),
        ("harmless", "https://hooks.slack.com/services/T0/B0/abc"),
    ],
)
def test_secrets_are_seen_by_name_or_form(key: str, value: str) -> None:
    """Words in any spelling, and keys of well-known forms under any name."""
    assert looks_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD", ARN),
        ("SECRET_ARN", ARN),
        ("secret_name", "flights/db"),
        ("pad_token", "<pad>"),
        ("max_tokens", "4096"),
        ("tokenizer", "bert-base-uncased-long"),
        ("author", "me"),
        ("key", "value"),
        ("password", ""),
    ],
)
def test_references_and_innocent_words_pass(key: str, value: str) -> None:
    """The ARN of a stored secret is what a job should get; hyperparameters about tokens are no secrets."""
    assert not looks_secret(key, value)


def request(environment: dict[str, Any], arguments: list[str]) -> dict[str, Any]:
    return {
        "Environment": environment,
        "TrainingJobDefinitions": [{"StaticHyperParameters": {"api_key": MARK}}],
        "AppSpecification": {"ContainerArguments": arguments},
    }


def test_every_readable_place_is_searched_and_no_value_is_repeated() -> None:
    """Environment, hyperparameters at any depth, and arguments; the message advises and does not leak."""
    faults = list(secret_faults(request({"PASSWORD": MARK}, ["--pwd", MARK, "--secret=" + MARK])))
    assert len(faults) == 4
    assert all("Secrets Manager" in fault and MARK not in fault for fault in faults)


def test_the_checker_refuses_secrets() -> None:
    """A secret is an error of the request like any other."""
    errors = examine("CreateTrainingJob", {"Environment": {"PASSWORD": MARK}}).errors
    assert any("looks like a secret" in error for error in errors)


def test_a_log_shows_names_and_no_values() -> None:
    """The redacted copy holds no value of environment, hyperparameters or arguments, and the rest unchanged."""
    original = {**request({"A": MARK}, ["--a", MARK, "--b=" + MARK]), "RoleArn": "role"}
    before = json.dumps(original)
    shown = redacted(original)
    assert MARK not in json.dumps(shown)
    assert shown["Environment"] == {"A": "***"}
    assert shown["AppSpecification"] == {"ContainerArguments": ["--a", "***", "--b=***"]}
    assert shown["RoleArn"] == "role"
    assert json.dumps(original) == before
