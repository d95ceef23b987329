"""Learned reward models: what they read, how they run, calibration, blends, reports, training.

Nothing heavy is imported here; each module imports torch, transformers, vLLM or scikit-learn where it
uses them.
"""
