"""Fuzzing of extraction, reading and comparison: no text may raise, hang or change its mind.

Coverage-guided, where atheris is installed (pip install atheris):

    python tests/math/fuzz.py -max_total_time=3600 -timeout=5 -rss_limit_mb=2048 CORPUS_DIR

``one_input`` is what both this and the short form in ``test_fuzz.py`` call.
"""

from __future__ import annotations

import sys

_WORDS = (
    r"\frac \sqrt \boxed{ \text{ \left \right \pi \infty \cup \in \pm \le \begin{pmatrix} \end{pmatrix} \\ & "
    r"{ } ( ) [ ] \{ \} | , ; : = < > + - * / ^ _ ! % \% $ \$ . 1 23 0.5 1,000 1e9 x y f(x) e i sin log or "
    r"#### <answer> </answer> </think> <think> ** \int \sum_{k=0}^{n} \lim \overline \binom cm \circ ° ½ √ π "
    r"² − answer is not \mathrm{ \displaystyle \over \mod ' \ldots 10^{10^{10}} 9! \begin{array} \surd 12:30 "
    r"2:1 and"
)
DICTIONARY = tuple(_WORDS.split())


def one_input(data: str) -> None:
    """Split an input in two and let all stages see it."""
    from verirs.math import classes, extract
    from verirs.math.judge import judge
    from verirs.types import Verdict

    left, _, right = data.partition("\x1f")
    found = extract(data)
    assert found.answer is None or isinstance(found.answer, str)
    answer = found.answer if found.answer is not None else right
    first = judge(left, answer)
    assert first.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.ABSTAIN), first
    assert judge(left, answer) == first
    if left.strip():
        assert judge(left, left).verdict is Verdict.PASS
    classes([left, answer])


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["verirs.math"]):
        import verirs.math.classes
        import verirs.math.comparing.compare
        import verirs.math.comparing.sets  # noqa: F401

    def test(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        if provider.ConsumeBool():
            words = [
                provider.PickValueInList(list(DICTIONARY)) for _ in range(provider.ConsumeIntInRange(0, 24))
            ]
            cut = provider.ConsumeIntInRange(0, max(1, len(words)))
            text = " ".join(words[:cut]) + "\x1f" + "".join(words[cut:])
        else:
            text = provider.ConsumeUnicodeNoSurrogates(400)
        one_input(text)

    atheris.Setup(sys.argv, test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
