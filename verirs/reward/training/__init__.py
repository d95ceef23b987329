"""Training a reward model on the verdicts of finished runs."""
