"""Sinks: selections become rows of files that trainers and people read."""

from verirs.sinks.rejects import RejectsSink
from verirs.sinks.steps import StepSink
from verirs.sinks.training import DpoSink, KtoSink, SftSink

__all__ = ["DpoSink", "KtoSink", "RejectsSink", "SftSink", "StepSink"]
