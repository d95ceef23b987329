"""A verifier for open-instruct: import this module, then ``--remap_verifier math=verirs``; no data
set changes.
"""

from __future__ import annotations

import contextlib
from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def verifier() -> Any:
    """The class that open-instruct finds among the subclasses of its ``VerifierFunction``."""
    from open_instruct.ground_truth_utils import VerificationResult, VerifierFunction

    class VerirsVerifier(VerifierFunction):  # type: ignore[misc, unused-ignore]
        def __init__(self, verifier_config: Any = None) -> None:
            super().__init__("verirs", verifier_config=verifier_config, weight=1.0)

        def __call__(
            self,
            tokenized_prediction: Any,
            prediction: Any,
            label: Any,
            query: Any = None,
            *_: Any,
            **more: Any,  # as the state of a rollout
        ) -> Any:
            grader = shared()
            (found,) = grader.grade([read(prediction, {"label": label})])
            return VerificationResult(score=grader.number(found), reasoning=found.reason)

    return VerirsVerifier


with contextlib.suppress(ImportError):  # without open-instruct there is nothing to register with
    VerirsVerifier = verifier()
