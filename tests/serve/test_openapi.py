"""schemathesis over the OpenAPI schema: no undocumented answer, no server error."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from serve.app import create_app
from serve.settings import Settings
from triage.pipeline import Triager


@pytest.fixture(scope="module")
def operations(
    degraded: Triager, tmp_path_factory: pytest.TempPathFactory
) -> list[schemathesis.schemas.APIOperation]:
    database = tmp_path_factory.mktemp("schema") / "schema.db"
    # Words alone answer in 2 ms, so hundreds of generated requests stay quick.
    app = create_app(degraded, Settings(database=f"sqlite:///{database.as_posix()}"))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    return [found.ok() for found in schema.get_all_operations()]


# `positive_data_acceptance` is left out: rules a schema cannot say (a correction needs a reason, a
# text of blanks is empty) rightly refuse requests that fit the schema.
def test_api_keeps_its_schema(operations: list[schemathesis.schemas.APIOperation]) -> None:
    assert len(operations) >= 9
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        check()
