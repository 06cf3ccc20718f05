"""Continuous recordings built from windows: words over backgrounds, machines that fail."""

from lnnlab.data.streams.words import Event, Stream, StreamPlan, build_stream, shares

__all__ = ["Event", "Stream", "StreamPlan", "build_stream", "shares"]
