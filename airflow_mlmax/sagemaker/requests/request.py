"""What all request builders share: one way from arguments to a request that is complete and safe."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import argument_group_faults, grouped
from airflow_mlmax.sagemaker.requests.conversion import converted
from airflow_mlmax.sagemaker.requests.errors import RequestError
from airflow_mlmax.sagemaker.requests.merging import merged
from airflow_mlmax.sagemaker.security import Security, secured, security_faults

_BESIDE_CONFIG = frozenset({"config", "extra", "security", "role_arn", "compute"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request in the making. Its fields are the arguments of the operator of the same family.

    The fields of this class exist in every family: `config` is a whole request in AWS's own words that takes the
    place of the other arguments; `extra` is laid over the built request last, at every depth; `security` is the
    block that is applied to either and that neither may weaken.
    """

    operation: ClassVar[str]
    name_key: ClassVar[str]
    role_key: ClassVar[str | None] = "RoleArn"

    role_arn: str | None = None
    security: Mapping[str, Any] | None = grouped(Security)
    config: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    def request(self) -> dict[str, Any]:
        """The request without name and tags.

        :raises RequestError: with every fault of the arguments, or with every gap in the security block's demands
        """
        request = self.draft()
        self._refuse(self.security_gaps(request))
        return request

    def draft(self) -> dict[str, Any]:
        """The request without name and tags, whatever it lacks of what the security block demands.

        :raises RequestError: with every fault of the arguments
        """
        self._refuse([*argument_group_faults(self), *self._config_faults()])
        if self.config is None:
            self._refuse([*self.argument_faults()])
        body = self.body() if self.config is None else self._whole_config()
        return secured(self.operation, converted(self.operation, merged(body, self.extra)), self._block)

    def security_gaps(self, request: Mapping[str, Any]) -> list[str]:
        """What contradicts the security block in a draft, or is missing although the block demands it."""
        return [*security_faults(self.operation, request, self._block)]

    @property
    def _block(self) -> Security | None:
        return Security.of(self.security) if self.security else None

    def body(self) -> dict[str, Any]:
        """The request that the arguments describe; `argument_faults` is empty when it is called."""
        raise NotImplementedError

    def argument_faults(self) -> Iterator[str]:
        """Contradictions among the arguments of the family."""
        return iter(())

    def _whole_config(self) -> dict[str, Any]:
        body = deepcopy(dict(self.config or {}))
        if self.role_key and self.role_arn:
            body.setdefault(self.role_key, self.role_arn)
        return body

    def _config_faults(self) -> Iterator[str]:
        for argument in ("config", "extra"):
            value = getattr(self, argument)
            if value is not None and not isinstance(value, Mapping):
                yield f"{argument} is {type(value).__name__}; give a dict in AWS's own words."
                continue
            for key in (self.name_key, "Tags"):
                if key in (value or {}):
                    yield f"{argument} must not set {key}: the operator names and tags what it makes. Remove it."
        if self.config is not None and (others := self._arguments_given()):
            yield f"config is the whole request and excludes {', '.join(others)}; keep one form."

    def _arguments_given(self) -> list[str]:
        return [
            each.name
            for each in fields(self)
            if each.name not in _BESIDE_CONFIG and getattr(self, each.name) not in (each.default, {}, [])
        ]

    def _refuse(self, faults: list[str]) -> None:
        if faults:
            raise RequestError(self.operation, faults)
