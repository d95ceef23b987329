"""A scorer of your own: `verirs run --source easy --engine fake --scorer examples/custom_scorer.py:brief`."""

from verirs import Completion, Problem


def brief(problem: Problem, completion: Completion, most: int = 400) -> bool:
    """Passes a completion of at most ``most`` characters (an option: [scorer.brief] most = 200)."""
    return len(completion.text) <= most
