"""Sinks: selections become rows of files that trainers and people read."""

from verirs.sinks.rejects import RejectsSink
from verirs.sinks.steps import StepSink
from verirs.sinks.training import DpoSink, KtoSink, SftSink

SINKS: dict[str, type[SftSink] | type[DpoSink] | type[KtoSink] | type[StepSink] | type[RejectsSink]] = {
    sink.name: sink for sink in (SftSink, DpoSink, KtoSink, StepSink, RejectsSink)
}

__all__ = ["SINKS", "DpoSink", "KtoSink", "RejectsSink", "SftSink", "StepSink"]
