"""What the server refuses, each with the status of HTTP that says so."""

from __future__ import annotations

from irodori.color.errors import IrodoriError


class StudioError(IrodoriError):
    """A request that is refused."""

    status = 400


class NotFoundError(StudioError):
    """There is no such session, drawing, palette or export."""

    status = 404


class TooLargeError(StudioError):
    """More bytes, hints or drawings than the server takes."""

    status = 413


class BusyError(StudioError):
    """Too much is being worked on already; try again after `retry_after` seconds."""

    status = 503
    retry_after = 2
