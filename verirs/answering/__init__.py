"""Best-of-n at inference: sample n, score, return the best."""

from verirs.answering.answer import Answer, Votes
from verirs.answering.answerer import Answerer, best_of
from verirs.answering.examples import examples_in

__all__ = ["Answer", "Answerer", "Votes", "best_of", "examples_in"]
