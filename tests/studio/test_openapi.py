"""The documented API, asked every odd question that schemathesis can think of: never a 5xx.

The program runs on a real socket; half of the ids asked for are real ones, so that requests get
past the door.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.studio.samples import SUN, WALL, Program, png

QUESTIONS = 8
"""For each way in."""


@pytest.fixture(scope="module")
def api(program: Program) -> Any:
    """The schema as the program documents it."""
    loaded = schemathesis.openapi.from_url(
        f"{program.base}/api/v1/openapi.json", headers=program.headers
    )
    loaded.config.update(base_url=program.base)
    return loaded


@pytest.fixture(scope="module")
def real(program: Program) -> Iterator[dict[str, str]]:
    """Ids that exist when the questions begin; some will be removed by them."""
    with program.client() as client:
        made = client.post("/drawings", files={"file": ("house.png", png())}).json()
        state = {"hints": [WALL, SUN]}
        client.patch(f"/drawings/{made['id']}", json={"state": state})
        export = client.post(f"/sessions/{made['session']}/exports", json={"format": "png"})
        yield {
            "drawing": made["id"],
            "session": made["session"],
            "export": export.json()["export"],
            "name": "ours",
        }


def test_no_question_is_too_odd(api: Any, real: dict[str, str], program: Program) -> None:
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 25
    # What removes comes last, so that the others have something to ask for.
    operations.sort(key=lambda operation: operation.method.upper() == "DELETE")
    statuses = {
        f"{each.method.upper()} {each.path}": _ask(each, real, program) for each in operations
    }
    assert all(statuses.values())
    served = [path for path, asked in statuses.items() if any(code < 400 for code in asked)]
    assert len(served) > len(statuses) * 0.7, statuses


def _ask(operation: Any, real: dict[str, str], program: Program) -> set[int]:
    """Every status that one way in answered with."""
    asked = set()

    @settings(
        max_examples=QUESTIONS,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(), known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        if known:
            given_ids = case.path_parameters or {}
            case.path_parameters = {key: real.get(key, given_ids[key]) for key in given_ids}
        answer = case.call(headers=program.headers, timeout=60)
        asked.add(answer.status_code)
        assert answer.status_code < 500, (case.method, case.path, answer.text)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"error"}

    ask()
    return asked
