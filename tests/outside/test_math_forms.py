"""Forms of answers from public reports, equal ones and near misses (``math_forms.py``)."""

from __future__ import annotations

import pytest

from tests.outside.math_forms import FORMS, Form
from verirs.math import equivalent


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.gold} | {f.answer}")
def test_a_form_is_judged_as_mathematics_has_it(form: Form) -> None:
    score = equivalent(form.gold, form.answer)
    assert score.passed is form.right, (form.source, score.verdict, score.reason)
