from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

from tests.loop.toys import group
from verirs.errors import NotAModel
from verirs.loop import data, measure, models, problems
from verirs.parts import sink_part
from verirs.select import First
from verirs.sinks.training import DpoSink, KtoSink, SftSink
from verirs.sinks.writer import export
from verirs.store import Store
from verirs.types import Group, Problem, Verdict

P, F, E = Verdict.PASS, Verdict.FAIL, Verdict.ERROR


def make_problems(count: int) -> list[Problem]:
    return [Problem(id=f"p{i:03}", prompt=f"What is {i}?", answer=str(i)) for i in range(count)]


# ---- problems ---------------------------------------------------------------------------------------


def test_frozen_problems_come_back_as_they_were(tmp_path: Path) -> None:
    two = ({"role": "system", "content": "a"}, {"role": "user", "content": "b"})
    odd = [
        Problem(id="x", prompt="Ä\u2028 {x}", answer="1/2", meta={"level": 3}, source="s", split="t"),
        Problem(id="y", prompt=two, source="s"),
        Problem(id="z", prompt="code", tests=({"input": [1], "output": 2},), entry_point="f", source="s"),
    ]
    problems.freeze(tmp_path / "p.jsonl", odd)
    assert problems.thaw(tmp_path / "p.jsonl") == odd


def test_the_least_used_problems_come_first_and_the_retired_never() -> None:
    pool = make_problems(6)
    history = problems.History()
    history.add(["p000", "p001", "p003"], {"p003": 1.0, "p000": 0.5})
    history.add(["p002"], {})
    chosen, retired = history.choose(pool, 3, 1.0)
    assert [p.id for p in chosen] == ["p004", "p005", "p000"]
    assert retired == 1
    chosen, retired = history.choose(pool, 0, 0)
    assert (len(chosen), retired) == (6, 0)
    assert history.choose(pool, 0, 0.5)[1] == 2


def test_a_problem_that_nobody_solves_is_retired_after_so_many_rounds() -> None:
    pool, history = make_problems(3), problems.History()
    for rates in ({"p000": 0.0, "p001": 0.0}, {"p001": 0.1}, {"p000": 0.0, "p001": 0.0}):
        history.add(rates, rates)
    # p000 failed in two rounds in a row, p001 in one since it was solved
    assert [p.id for p in history.choose(pool, 0, 1.0, 2)[0]] == ["p002", "p001"]
    assert history.choose(pool, 0, 1.0, 0)[1] == 0


def test_the_same_words_are_the_same_problem() -> None:
    a, b = Problem(prompt="How  many\nApples?"), Problem(prompt="how many apples?")
    assert problems.question(a) == problems.question(b)


# ---- data and control -------------------------------------------------------------------------------


def run_folder(path: Path, groups: Sequence[Group]) -> Path:
    """A run directory with these groups and its export."""
    with Store.create(path, {"toy": 1}) as store:
        store.put_problems([g.problem for g in groups])
        for g in groups:
            store.append_completions([(g.problem.id, c.completion) for c in g.candidates])
            store.append_scores([(g.problem.id, c.completion, c.scores) for c in g.candidates])
        store.flush()
    selector = First(k=4, pairs="random", dedup=False)
    sinks = [sink_part(sink()) for sink in (SftSink, DpoSink, KtoSink)]
    export((selector.select(g) for g in groups), sinks, path / "export")
    return path


def test_mixing_keeps_a_text_once_and_says_its_round(tmp_path: Path) -> None:
    first = run_folder(tmp_path / "1", [group(p, [P, F, P]) for p in make_problems(3)])
    second = run_folder(tmp_path / "2", [group(p, [P, F, F, P]) for p in make_problems(4)])
    folders = [(2, second / "export"), (1, first / "export")]
    counts = data.mix(folders, ["sft", "dpo"], tmp_path / "data")
    rows = pq.read_table(tmp_path / "data" / "sft.parquet").to_pylist()
    texts = [(r["problem_id"], r["completion"][0]["content"], r["round"]) for r in rows]
    # p000: texts 0 and 3 of round 2, text 2 of round 1 (its text 0 is known)
    assert [t for t in texts if t[0] == "p000"] == [
        ("p000", "text 2", 1),
        ("p000", "text 0", 2),
        ("p000", "text 3", 2),
    ]
    assert len(texts) == len(set(texts)) == counts["sft"] == 4 * 2 + 3
    assert [t[0] for t in texts] == sorted(t[0] for t in texts)


def test_the_control_draws_as_many_without_looking_at_verdicts(tmp_path: Path) -> None:
    groups = [group(p, [P] + [F] * 7) for p in make_problems(100)]
    folder = run_folder(tmp_path / "run", groups)
    data.unverified(folder, ["sft"], lambda p: p.prompt, 0, tmp_path / "c")
    verified = pq.read_table(folder / "export" / "sft.parquet")
    drawn = pq.read_table(tmp_path / "c" / "sft.parquet").to_pylist()
    assert len(drawn) == len(verified) == 100
    right = sum(row["sample_index"] == 0 for row in drawn)
    assert 3 <= right <= 25  # 1 in 8 of 100 is expected
    assert len({(r["problem_id"], r["sample_index"]) for r in drawn}) == 100
    data.unverified(folder, ["sft"], lambda p: p.prompt, 1, tmp_path / "d")
    assert pq.read_table(tmp_path / "d" / "sft.parquet").to_pylist() != drawn


def test_the_control_leaves_out_what_was_cut_off(tmp_path: Path) -> None:
    groups = [group(make_problems(1)[0], [P, P]), group(make_problems(2)[1], [P, P], finish="length")]
    with Store.create(tmp_path / "run", {"toy": 1}) as store:
        store.put_problems([g.problem for g in groups])
        for g in groups:
            store.append_completions([(g.problem.id, c.completion) for c in g.candidates])
        drawn = list(data.draw(store, 10, 0))
    assert sum(len(s.accepted) for s in drawn) == 2


def test_control_pairs_are_swapped_by_a_coin_and_labels_dealt_out_anew(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run", [group(p, [P, F, P, F]) for p in make_problems(60)])
    data.unverified(folder, ["dpo", "kto"], lambda p: p.prompt, 0, tmp_path / "c")
    before = pq.read_table(folder / "export" / "dpo.parquet").to_pylist()
    after = pq.read_table(tmp_path / "c" / "dpo.parquet").to_pylist()
    swapped = [
        a["chosen"] == b["rejected"] and a["chosen_index"] == b["rejected_index"]
        for a, b in zip(before, after, strict=True)
    ]
    same = [a == b for a, b in zip(before, after, strict=True)]
    assert all(s != k for s, k in zip(swapped, same, strict=True))
    assert 0.3 < sum(swapped) / len(swapped) < 0.7
    labels = [
        pq.read_table(f / "kto.parquet")["label"].to_pylist() for f in (folder / "export", tmp_path / "c")
    ]
    assert labels[0] != labels[1]
    assert sum(labels[0]) == sum(labels[1])


# ---- measuring --------------------------------------------------------------------------------------


def test_measures_of_a_round() -> None:
    same, other = group(make_problems(1)[0], [P, P]), group(make_problems(2)[1], [F, F, E])
    out = measure.held_out([same, other])
    assert out.pass_1 is not None and out.pass_1.mean == 0.5
    assert out.counts == {"p000": (2, 2), "p001": (2, 0)}
    assert out.left_out == 1
    assert out.distinct_answers == 2
    assert out.distinct_texts == 2.5


def test_entropy_and_nothing_to_measure() -> None:
    assert measure.shannon(Counter({1: 2, 2: 2})) == pytest.approx(math.log(2))
    assert measure.shannon(Counter()) == 0
    assert measure.held_out([]).pass_1 is None


# ---- models -----------------------------------------------------------------------------------------


def toy_model(path: Path) -> Path:
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "tokenizer.json").write_text("{}")
    save_file({"w": np.zeros((8, 8), np.float32)}, path / "model.safetensors")
    return path


def test_a_whole_model_passes(tmp_path: Path) -> None:
    models.check_model(toy_model(tmp_path / "m"))


@pytest.mark.parametrize("cut", [4, 40, 200])
def test_cut_off_weights_are_seen(tmp_path: Path, cut: int) -> None:
    path = toy_model(tmp_path / "m")
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(NotAModel, match=r"model\.safetensors"):
        models.check_model(path)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_missing_parts_are_named(tmp_path: Path, missing: str) -> None:
    path = toy_model(tmp_path / "m")
    (path / missing).unlink()
    with pytest.raises(NotAModel, match=r"config\.json|tokenizer|weights"):
        models.check_model(path)


def test_adapters_alone_and_missing_shards_are_no_model(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "m")
    index = {"weight_map": {"w": "model.safetensors", "v": "model-2.safetensors"}}
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(NotAModel, match=r"model-2\.safetensors"):
        models.check_model(path)
    (path / "config.json").unlink()
    (path / "adapter_config.json").write_text("{}")
    with pytest.raises(NotAModel, match="adapters alone"):
        models.check_model(path)
    with pytest.raises(NotAModel, match="does not exist"):
        models.check_model(tmp_path / "nothing")
