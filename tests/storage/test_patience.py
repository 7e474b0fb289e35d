"""Storage that is lost and comes back: what is said, what is waited for, what is given up."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from irodori.storage import patience
from irodori.storage.errors import StorageError
from irodori.storage.patience import Outage, is_lost_connection, patiently
from irodori.storage.places import place


def failing(times: int, error: Exception) -> Any:
    left = [times]

    def ask() -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "answer"

    return ask


def test_asks_again_and_says_so_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    refused = EndpointConnectionError(endpoint_url="http://there:1/art?list-type=2")
    assert patiently(failing(3, refused), "s3://art", "s3://art/a") == "answer"
    first, second = capfd.readouterr().err.splitlines()
    assert first == (
        "irodori: s3://art: does not answer (Could not connect to the endpoint URL: "
        '"http://there:1"); waiting, trying again'
    )
    assert second == "irodori: s3://art: answers again; going on"


def test_gives_up_with_one_line_that_names_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patience, "LONGEST", 0.05)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.02)
    with pytest.raises(StorageError, match=r"s3://art/a: no answer .*\(gone\); .*run it again"):
        patiently(failing(10**6, ConnectionResetError("gone")), "s3://art", "s3://art/a")
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_what_is_no_lost_connection_is_raised_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="odd"):
        patiently(failing(1, ValueError("odd")), "s3://art", "s3://art/a")
    assert capfd.readouterr().err == ""


def test_a_refusal_ends_the_waiting(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    errors = [ConnectionResetError("gone"), FileNotFoundError("none")]

    def ask() -> None:
        raise errors.pop(0)

    with pytest.raises(FileNotFoundError):
        patiently(ask, "s3://art", "s3://art/a")
    assert capfd.readouterr().err.endswith("irodori: s3://art: answers again; going on\n")


def test_a_slow_answer_is_said_to_be_waited_for(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patience, "SLOW", 0.05)
    assert patiently(lambda: time.sleep(0.3), "s3://art", "s3://art/a") is None
    first, second = capfd.readouterr().err.splitlines()
    assert "does not answer (no answer yet); waiting" in first
    assert "answers again" in second


def test_of_two_processes_one_speaks(capfd: pytest.CaptureFixture[str]) -> None:
    one, other = Outage("s3://shared"), Outage("s3://shared")
    for outage in (one, other):
        outage.begin("refused")
    for outage in (other, one):
        outage.end()
    assert len(capfd.readouterr().err.splitlines()) == 2


def test_a_marker_that_a_killed_command_left_silences_nobody(
    capfd: pytest.CaptureFixture[str],
) -> None:
    killed = Outage("s3://killed")
    killed.begin("refused")
    capfd.readouterr()
    old = time.time() - 2 * patience.LONGEST
    os.utime(killed._marker, (old, old))
    outage = Outage("s3://killed")
    outage.begin("refused")
    outage.end()
    assert len(capfd.readouterr().err.splitlines()) == 2


def answer(status: int, code: str = "") -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject"
    )


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (answer(503, "SlowDown"), True),
        (answer(500), True),
        (answer(404, "NoSuchKey"), False),
        (answer(403, "AccessDenied"), False),
        (PermissionError(), False),
        (ValueError(), False),
    ],
)
def test_which_errors_are_a_lost_connection(error: Exception, lost: bool) -> None:
    assert is_lost_connection(error) is lost
    wrapped = OSError("an error of another library")
    wrapped.__cause__ = error
    assert is_lost_connection(wrapped) is lost


@pytest.mark.parametrize("hold", [False, True])
def test_a_line_that_is_cut_or_held_while_an_object_travels(
    bucket: str, line: Any, hold: bool, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.setattr(patience, "SLOW", 0.5)
    path = place(f"{bucket}/large.bin")
    content = bytes(range(256)) * 20_000
    line.arm(1, 1.2, hold=hold)
    path.write(content)  # type: ignore[attr-defined]
    assert line.breaks == 1
    line.arm(1, 1.2, hold=hold)
    assert path.read_bytes() == content
    assert line.breaks == 1
    said = capfd.readouterr().err.splitlines()
    assert [line.split("; ")[-1] for line in said] == [
        "waiting, trying again",
        "going on",
    ] * 2
