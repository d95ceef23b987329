"""A scorer of your own, beside one that verifies:

`verirs run --source easy --engine fake --scorer math --set scorer.brief.plugin=examples/custom_scorer.py:brief`
"""  # noqa: E501

from verirs import Completion, Problem, Score, Verdict


def brief(problem: Problem, completion: Completion, most: int = 400) -> Score | None:
    """Strikes a completion of more than ``most`` characters (an option: [scorer.brief] most = 200).

    A check of form proves nothing. Where it finds no fault it has no say (``None``): its ``True`` would pass
    an answer that the other scorers cannot judge. What it strikes is unwanted: its ``False`` would make a
    right answer one that is verified wrong, and so a `rejected` of a pair.
    """
    if len(completion.text) <= most:
        return None
    why = f"longer than {most} characters"
    return Score(scorer="brief", version="1", verdict=Verdict.UNWANTED, reason=why)
