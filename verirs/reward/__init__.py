"""Learned reward models: what they read, how they run, calibration, blends, reports, training.

Nothing heavy is imported here; each module imports torch, transformers, vLLM or scikit-learn where it
uses them.
"""

BLEND = "blend"
"""The scorer under which a run's blended rankers are stored; no scorer of a config may be called so."""
