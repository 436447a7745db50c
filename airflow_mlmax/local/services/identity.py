"""Who is calling: sts and iam. Everybody is the same role of one account."""

import time
from typing import Any

from airflow_mlmax.local.resources import ACCOUNT

_CREATED = time.time()


def _get_caller_identity(_region: str, _request: dict[str, Any]) -> dict[str, Any]:
    return {
        "UserId": "AROALOCALRUNTIMEXXXXX:mlmax",
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/mlmax-local/mlmax",
    }


def _get_role(_region: str, request: dict[str, Any]) -> dict[str, Any]:
    """Every role is there: whoever asks wants the ARN of a role's name."""
    name = request["RoleName"]
    return {
        "Role": {
            "Path": "/",
            "RoleName": name,
            "RoleId": "AROALOCALRUNTIMEXXXXX",
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "CreateDate": _CREATED,
        }
    }


STS = {"GetCallerIdentity": _get_caller_identity}
IAM = {"GetRole": _get_role}
