"""Sinks: selections become rows of files that trainers and people read."""

from verirs.sinks.rejects import RejectsSink
from verirs.sinks.rl import RlSink
from verirs.sinks.steps import StepSink
from verirs.sinks.text import TextSink
from verirs.sinks.training import DpoSink, KtoSink, MessagesSink, SftSink

__all__ = ["DpoSink", "KtoSink", "MessagesSink", "RejectsSink", "RlSink", "SftSink", "StepSink", "TextSink"]
