"""A run, from a config to files: config, plan, sampling, scoring, export."""
