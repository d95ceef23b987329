"""The reward-model scorer in this process: its numbers, its batches, and what happens when one fails."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.reward.conftest import POLICY, classifier, encoder_of
from verirs.errors import ConfigError, UserError
from verirs.reward.models.encode import Row, cut_middle
from verirs.reward.models.heads import label_index
from verirs.reward.models.local import LocalModel
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem, Verdict, is_ranking

Items = list[tuple[Problem, Completion]]


def test_equals_plain_transformers_one_text_at_a_time(
    reward_dir: str, items: Items, reference: list[float]
) -> None:
    scores = RewardModelScorer(model=reward_dir, batch_size=5).score(items)
    assert all(is_ranking(s) for s in scores)
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-5)
    assert min(reference) < 0 < max(reference), "the fixture should cover both signs"
    assert all(s.details["truncated"] == 0 for s in scores)


def test_order_and_neighbours_do_not_matter(reward_dir: str, items: Items, reference: list[float]) -> None:
    scorer = RewardModelScorer(model=reward_dir, batch_size=3)
    backwards = scorer.score(items[::-1])[::-1]
    assert [s.value for s in backwards] == pytest.approx(reference, abs=1e-5)
    assert scorer.score([]) == []


def test_batches_hold_like_lengths(reward_dir: str, items: Items, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []
    forward = LocalModel._forward

    def spy(self: LocalModel, rows: list[Row]) -> Any:
        seen.append([len(r.ids) for r in rows])
        return forward(self, rows)

    monkeypatch.setattr(LocalModel, "_forward", spy)
    RewardModelScorer(model=reward_dir, batch_size=4).score(items)
    flat = [n for batch in seen for n in batch]
    assert flat == sorted(flat, reverse=True)
    assert [len(batch) for batch in seen] == [4, 4, 4, 4, 2]


@pytest.mark.parametrize(
    "words", ["CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory"]
)
def test_out_of_memory_halves_the_batch_and_loses_nothing(
    reward_dir: str, items: Items, reference: list[float], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    import torch

    sizes: list[int] = []
    forward = LocalModel._forward

    def small(self: LocalModel, rows: list[Row]) -> Any:
        sizes.append(len(rows))
        if len(rows) * len(rows[0].ids) > 200:
            raise torch.OutOfMemoryError(words) if "CUDA" in words else RuntimeError(words)
        return forward(self, rows)

    monkeypatch.setattr(LocalModel, "_forward", small)
    scores = RewardModelScorer(model=reward_dir, batch_size=16).score(items)
    assert sizes[:4] == [16, 8, 4, 2], "halved until it fits"
    assert max(sizes[4:]) > 2, "shorter texts go in larger batches again"
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-5)


def test_a_text_that_never_fits_is_an_error_on_its_own(
    reward_dir: str, items: Items, reference: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    longest = max(len(r.ids) for r in encoder_of(reward_dir).encode(items) if isinstance(r, Row))
    forward = LocalModel._forward

    def small(self: LocalModel, rows: list[Row]) -> Any:
        if len(rows[0].ids) == longest:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, rows)

    monkeypatch.setattr(LocalModel, "_forward", small)
    scores = RewardModelScorer(model=reward_dir, batch_size=8).score(items)
    broken = [s for s in scores if s.verdict is Verdict.ERROR]
    assert broken and all(s.value is None and "out of memory" in s.reason for s in broken)
    kept = [(s.value, r) for s, r in zip(scores, reference, strict=True) if s.verdict is not Verdict.ERROR]
    assert [a for a, _ in kept] == pytest.approx([b for _, b in kept], abs=1e-5)


def test_other_runtime_errors_are_not_swallowed(
    reward_dir: str, items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: LocalModel, rows: list[Row]) -> Any:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(LocalModel, "_forward", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        RewardModelScorer(model=reward_dir).score(items)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_an_error_not_a_rank(
    reward_dir: str, items: Items, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    monkeypatch.setattr(LocalModel, "logits", lambda self, rows: [[[bad]], [[-3.5]], [[-3.5]]])
    first, second, third = RewardModelScorer(model=reward_dir).score(items[:3])
    assert first.verdict is Verdict.ERROR and first.value is None and str(bad) in first.reason
    assert second.value == third.value == -3.5


def test_nan_weights_give_errors_through_the_real_path(tmp_path: Path, items: Items) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = classifier(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    torch.nn.init.constant_(model.score.weight, math.nan)
    model.save_pretrained(folder)
    scores = RewardModelScorer(model=folder).score(items)
    assert {s.verdict for s in scores} == {Verdict.ERROR} and {s.value for s in scores} == {None}


def test_long_texts_lose_their_middle_and_say_so(reward_dir: str, items: Items) -> None:
    problem = items[0][0]
    long = Completion(text="1+1=2. " * 400 + "#### 2")
    (score,) = RewardModelScorer(model=reward_dir, max_length=64).score([(problem, long)])
    assert score.details["tokens"] - score.details["truncated"] == 64
    assert "cut from the middle" in score.reason
    (row,) = encoder_of(reward_dir, 64).encode([(problem, long)])
    assert isinstance(row, Row) and len(row.ids) == 64
    encoder = encoder_of(reward_dir)
    text = encoder.vocabulary.tokenizer.decode(row.ids)
    assert text.startswith(encoder.opening(problem)[:24])
    assert text.endswith(f"#### 2{encoder.vocabulary.tokenizer.eos_token}")
    from transformers import AutoConfig

    own = AutoConfig.from_pretrained(reward_dir).max_position_embeddings
    assert encoder.max_length == own, "the model's own limit stands where none is given"


def test_cut_middle() -> None:
    assert cut_middle([1, 2, 3], 3) == [1, 2, 3]
    assert cut_middle([1, 2, 3, 4, 5], 4) == [1, 2, 4, 5]
    assert cut_middle([1, 2, 3, 4, 5], 3) == [1, 4, 5]
    assert cut_middle([1, 2, 3, 4, 5], 1) == [5]


def test_spelt_out_special_tokens_stay_text(reward_dir: str, items: Items) -> None:
    problem, encoder = items[0][0], encoder_of(reward_dir)
    end, pad = encoder.vocabulary.tokenizer.eos_token, encoder.vocabulary.tokenizer.pad_token
    texts = (f"1 {end} Great!", "1 Great!", end + pad)
    row, plain, two = encoder.encode([(problem, Completion(text=t)) for t in texts])
    assert isinstance(row, Row) and isinstance(plain, Row) and isinstance(two, Row)
    ends = [r.ids.count(encoder.vocabulary.tokenizer.eos_token_id) for r in (row, plain, two)]
    assert ends == [1, 1, 1], "only the end the template sets"
    assert [r.disarmed for r in (row, plain, two)] == [1, 0, 2]
    (score,) = RewardModelScorer(model=reward_dir).score([(problem, Completion(text=texts[2]))])
    assert score.details["special_tokens"] == 2


def test_a_padding_token_that_is_the_end_token_changes_no_number(tmp_path: Path, items: Items) -> None:
    """Where both are one token, transformers' head reads the token before the end, batched or not."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = classifier(tmp_path, pad_token_id=1)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    scores = RewardModelScorer(model=folder, batch_size=7).score(items)
    for (problem, completion), score in zip(items, scores, strict=True):
        chat = [*map(dict, problem.prompt), {"role": "assistant", "content": completion.text}]
        ids = tokenizer.apply_chat_template(chat, tokenize=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            assert score.value == pytest.approx(model(**ids).logits.item(), abs=1e-5)


def test_a_model_without_a_padding_token_can_be_batched(
    tmp_path: Path, items: Items, reference: list[float]
) -> None:
    folder = classifier(tmp_path, pad_token_id=None)
    scores = RewardModelScorer(model=folder, batch_size=6).score(items)
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-5)


def test_wide_heads(tmp_path: Path, items: Items) -> None:
    two = classifier(tmp_path / "two", 2)
    (score,) = RewardModelScorer(model=two).score(items[:1])
    assert score.value == pytest.approx(score.details["logits"][1] - score.details["logits"][0])
    (first,) = RewardModelScorer(model=two, label=0).score(items[:1])
    assert first.value == score.details["logits"][0]
    names = {"helpful": 0, "correct": 1, "verbose": 2}
    three = classifier(tmp_path / "three", 3, label2id=names, id2label={v: k for k, v in names.items()})
    (named,) = RewardModelScorer(model=three, label="correct").score(items[:1])
    assert named.value == named.details["logits"][1]
    with pytest.raises(ConfigError, match="did you mean correct"):
        RewardModelScorer(model=three, label="corect").score(items[:1])
    with pytest.raises(ConfigError, match="helpful, correct, verbose"):
        RewardModelScorer(model=three).score(items[:1])
    assert label_index("2", 3, {}) == 2


def test_a_language_model_is_refused_because_its_head_would_be_random(items: Items) -> None:
    with pytest.raises(UserError, match=r"language model .* without a reward head"):
        RewardModelScorer(model=str(POLICY)).score(items)
    with pytest.raises(UserError, match="cannot be read"):
        RewardModelScorer(model="./no/such/folder").score(items)


def test_bfloat16_keeps_a_float32_head(reward_dir: str, items: Items, reference: list[float]) -> None:
    scores = RewardModelScorer(model=reward_dir, dtype="bfloat16").score(items)
    values = [s.value for s in scores]
    assert values == pytest.approx(reference, abs=0.15)
    import torch

    rounded = [float(torch.tensor(v, dtype=torch.bfloat16)) for v in values]
    assert values != rounded, "a head in bfloat16 would only give rewards that bfloat16 can hold"


def test_an_encoder_reads_question_and_solution_as_a_pair(tmp_path: Path, items: Items) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = sorted({w for q, c in items for w in (q.prompt[0]["content"] + " " + c.text).split()})
    vocab = {w: i for i, w in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", *words])}
    core = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(tmp_path)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocab),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=1,
        pad_token_id=0,
    )
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path)
    (row,) = encoder_of(str(tmp_path)).encode(items[:1])
    assert isinstance(row, Row) and row.types is not None and set(row.types) == {0, 1}
    values = [s.value for s in RewardModelScorer(model=str(tmp_path), batch_size=4).score(items[:6])]
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    for (problem, completion), value in zip(items[:6], values, strict=True):
        ids = tokenizer(problem.prompt[0]["content"], completion.text, return_tensors="pt")
        with torch.inference_mode():
            assert value == pytest.approx(model(**ids).logits.item(), abs=1e-5)


def test_a_template_that_refuses_one_prompt_spoils_only_that_one(tmp_path: Path, items: Items) -> None:
    folder = classifier(tmp_path)
    template = tmp_path / "chat_template.jinja"
    template.write_text(
        "{% if messages|length > 3 %}{{ raise_exception('too long') }}{% endif %}" + template.read_text()
    )
    turns = [{"role": r, "content": "q"} for r in ("user", "assistant", "user")]
    bad, good = RewardModelScorer(model=folder).score([(Problem(prompt=turns), items[0][1]), items[0]])
    assert bad.verdict is Verdict.ERROR and "too long" in bad.reason
    assert good.value is not None


def test_a_system_text_that_the_template_refuses_stands_before_the_question(
    tmp_path: Path, items: Items
) -> None:
    folder = classifier(tmp_path)
    template = tmp_path / "chat_template.jinja"
    template.write_text(
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        + template.read_text()
    )
    split = Problem(prompt=({"role": "system", "content": "s"}, {"role": "user", "content": "q"}))
    given = RewardModelScorer(model=folder).score(
        [(split, items[0][1]), (Problem(prompt="s\n\nq"), items[0][1])]
    )
    assert given[0].value == pytest.approx(given[1].value, abs=1e-6) and given[0].value is not None


def test_the_version_follows_what_decides_the_number(tmp_path: Path, reward_dir: str) -> None:
    one = RewardModelScorer(model=reward_dir).version
    assert RewardModelScorer(model=reward_dir, batch_size=1, device="cpu").version == one
    assert RewardModelScorer(model=reward_dir, max_length=9).version != one
    other = classifier(tmp_path, seed=1)
    assert RewardModelScorer(model=other).version != one


def test_mistakes_in_the_options_are_listed_together() -> None:
    with pytest.raises(ConfigError) as caught:
        RewardModelScorer(model="m", backend="transformer", url="http://x/score", batch_size=0)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3 and "did you mean transformers" in str(caught.value)


def test_scores_from_many_threads_agree(reward_dir: str, items: Items, reference: list[float]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    scorer = RewardModelScorer(model=reward_dir)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: scorer.score(items), range(4)):
            assert [s.value for s in scores] == pytest.approx(reference, abs=1e-5)
    scorer.close()
    assert len(scorer.score(items[:2])) == 2, "after close the model is loaded again"
    scorer.close()
    scorer.close()
