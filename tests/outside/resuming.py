"""What resumable pipelines lost, doubled or falsified outside, asked of our runs: the reports are theirs, the
rows and words ours."""

# ruff: noqa: E501 - addresses
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import verirs
from tests.outside.case import RAW, Ran, command

GITHUB = "https://github.com/"
PROBLEMS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A report from outside and what must hold of our runs: ``holds`` raises AssertionError where it does not."""

    id: str
    seen: str
    holds: Callable[[Place], None]


CASES: list[Case] = []


def case(seen: str) -> Callable[[Callable[[Place], None]], Callable[[Place], None]]:
    def add(holds: Callable[[Place], None]) -> Callable[[Place], None]:
        CASES.append(Case(id=holds.__name__.replace("_", "-"), seen=GITHUB + seen, holds=holds))
        return holds

    return add


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a file of problems, in which commands are given."""

    folder: Path

    def rows(self, golds: dict[str, int] | None = None, name: str = "q.jsonl", **more: Any) -> None:
        """Problems by id: the number that is doubled, or what ``more`` says beside it."""
        golds = {str(i): i for i in range(PROBLEMS)} if golds is None else golds
        made = [{"id": k, "prompt": f"{x}+{x}?", "answer": str(2 * x), **more} for k, x in golds.items()]
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in made))

    def write(self, name: str, rows: list[dict[str, Any]]) -> None:
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    def do(self, *arguments: str, alone: bool = False) -> Ran:
        ran = command(self.folder, *arguments, alone=alone)
        assert not any(word in ran.said for word in RAW), ran.said[-500:]
        return ran

    def run(self, *more: str, n: int = 3, name: str = "r", source: str = "q.jsonl") -> Ran:
        fake = () if "--engine" in more or any("engine.name" in m for m in more) else ("--engine", "fake")
        return self.do("run", "--source", source, *fake, "--name", name, "-n", str(n), *more)

    def path(self, name: str = "r") -> Path:
        return self.folder / "runs" / name

    def texts(self, name: str = "r") -> dict[tuple[str, int], str]:
        found = verirs.load_run(self.path(name)).candidates()
        return {(p.id, c.completion.index): c.completion.text for p, c in found}

    def verdicts(self, name: str = "r") -> dict[tuple[str, int], str]:
        found = verirs.load_run(self.path(name)).candidates()
        return {(p.id, c.completion.index): c.verdict.value for p, c in found}

    def summary(self, name: str = "r") -> dict[str, Any]:
        return dict(json.loads((self.path(name) / "summary.json").read_text()))

    def export(self, name: str = "r", sink: str = "sft") -> list[dict[str, Any]]:
        return list(pq.read_table(self.path(name) / f"export/{sink}.parquet").to_pylist())

    def bytes(self, name: str = "r") -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in (self.path(name) / "export").glob("*.parquet")}

    def killed(self, seconds: float, *arguments: str, how: int = signal.SIGKILL) -> int:
        """A command that gets a signal after so many seconds; its exit code."""
        here = str(Path(verirs.__file__).parents[1])
        with subprocess.Popen(
            [sys.executable, "-m", "verirs.cli", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": here},
        ) as child:
            try:
                child.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                child.send_signal(how)
                child.communicate()
            return child.returncode


def whole(place: Place, n: int = 3, name: str = "r", problems: int = PROBLEMS) -> None:
    assert len(place.texts(name)) == problems * n


def refused(ran: Ran, *words: str) -> None:
    assert ran.code != 0, ran.said
    for word in words:
        assert word in ran.said, ran.said


# ---- what a result is of: model, sampling, prompt, problems ----------------------------------------------


@case("EleutherAI/lm-evaluation-harness/issues/4063")
def another_model_is_not_served_the_first_ones_samples(p: Place) -> None:
    p.rows()
    p.run()
    refused(p.run("--set", "engine.pass_rate=0.9"), "engine.pass_rate", "0.9")
    whole(p)


@case("EleutherAI/lm-evaluation-harness/issues/2715")
def two_models_on_the_same_rows_have_their_own_texts(p: Place) -> None:
    p.rows()
    p.run()
    p.run("--set", "engine.pass_rate=0.9", name="s")
    assert p.verdicts() != p.verdicts("s")


@case("open-compass/opencompass/issues/1761")
def a_reused_run_with_another_limit_of_tokens_is_refused(p: Place) -> None:
    p.rows()
    p.run()
    refused(p.run("--max-tokens", "9"), "max_tokens")


@case("margince/margince/pull/2486")
def a_reworded_prompt_does_not_get_the_old_answers(p: Place) -> None:
    p.rows()
    p.run()
    refused(p.run("--set", "prompt.template=Do it: {problem}"), "prompt.template")
    refused(p.run("--set", "prompt.system=Be brief."), "prompt")


@case("NVIDIA/Model-Optimizer/pull/2338")
def one_name_for_two_inputs_serves_neither_the_others_rows(p: Place) -> None:
    p.rows()
    p.rows({"0": 40, "1": 41}, name="other.jsonl")
    p.run()
    refused(p.run(source="other.jsonl"), "source.path")
    assert all(text != "" for text in p.texts().values())
    whole(p)


@case("huggingface/datasets/issues/4238")
def a_source_that_was_mended_is_read_again(p: Place) -> None:
    p.rows({"0": 0, "1": 1})
    p.run()
    rows = [{"id": k, "prompt": f"{k}+{k}?", "answer": a} for k, a in (("0", "5"), ("1", "2"), ("2", "4"))]
    p.write("q.jsonl", rows)
    ran = p.run()
    assert "changed 0: gold '0' -> '5'" in ran.said and "new 2" in ran.said
    accepted = [r for r in p.export() if r["problem_id"] == "0"]
    assert all("\\boxed{5}" in r["completion"][0]["content"] for r in accepted)
    assert [v for (k, _), v in p.verdicts().items() if k == "0"].count("pass") == len(accepted)


@case("redis/agent-memory-server/pull/362")
def a_source_cut_off_in_a_row_is_named_and_changes_nothing(p: Place) -> None:
    p.rows()
    p.run()
    before = p.bytes()
    text = (p.folder / "q.jsonl").read_text()
    (p.folder / "q.jsonl").write_text(text[:-12])
    refused(p.run(), "q.jsonl:7")
    assert p.bytes() == before


@case("huggingface/datatrove/issues/220")
def a_relaunch_with_another_number_of_shards_never_mixes_with_the_first(p: Place) -> None:
    p.rows()
    p.run("--shard", "0/2", name="w")
    p.run("--shard", "0/3", name="w")
    p.run("--shard", "1/3", name="w")
    refused(p.do("merge", "runs/w", "runs/w-shard-0-of-2", "runs/w-shard-1-of-3"), "split")
    assert not p.path("w").exists()


@case("argilla-io/distilabel/issues/1065")
def other_batches_and_places_do_not_lose_a_run(p: Place) -> None:
    p.rows()
    p.run()
    drawn = p.texts()
    assert p.run("--set", "engine.concurrency=1", n=4).code == 0
    assert {k: v for k, v in p.texts().items() if k[1] < 3} == drawn
    whole(p, 4)


# ---- many samples of one prompt --------------------------------------------------------------------------


@case("UKGovernmentBEIS/inspect_ai/issues/2580")
def samples_of_one_prompt_stay_as_many_and_as_different_as_drawn(p: Place) -> None:
    p.rows({"0": 3})
    p.run(n=12)
    drawn = p.texts()
    p.run(n=12)
    assert p.texts() == drawn and len(set(drawn.values())) == 12


@case("promptfoo/promptfoo/issues/360")
def a_second_command_draws_nothing_and_keeps_every_repeat(p: Place) -> None:
    p.rows()
    p.run(n=5)
    drawn = p.texts()
    assert p.run("--set", "engine.fail_rate=1.0", n=5).code == 0
    assert p.texts() == drawn and len(drawn) == 5 * PROBLEMS


@case("microsoft/autogen/issues/2377")
def another_seed_is_another_run_not_the_old_answers(p: Place) -> None:
    p.rows()
    p.run()
    refused(p.run("--seed", "7"), "seed")
    p.run("--seed", "7", name="s")
    assert set(p.texts().values()).isdisjoint(p.texts("s").values())


@case("UKGovernmentBEIS/inspect_ai/pull/2959")
def more_samples_and_more_rows_are_drawn_and_fewer_counted_as_asked(p: Place) -> None:
    p.rows()
    p.run("--limit", "1", n=1)
    whole(p, 1, problems=1)
    p.run("--limit", "4", n=2)
    whole(p, 2, problems=4)
    p.run(n=4)
    whole(p, 4)
    p.run("--limit", "2", n=1)
    assert p.summary()["completions"] == 2 and p.summary()["problems"] == 2


# ---- failing requests ------------------------------------------------------------------------------------


@case("argilla-io/distilabel/issues/587")
def a_failed_request_shifts_no_row(p: Place) -> None:
    p.rows()
    p.run(name="good")
    p.folder.joinpath("mine.py").write_text(FLAKY)
    ran = p.run("--engine", "./mine.py:Flaky")
    assert ran.code != 0 or "given up" in ran.said, ran.said
    good = {k: v.split("#")[0] for k, v in p.texts().items()}
    assert good and all(text == f"of {k[0]}: \\boxed{{{2 * int(k[0])}}}" for k, text in good.items())
    assert {k[0] for k in good} == {"0", "1", "2", "4", "5", "6"}


FLAKY = '''
from verirs.engines.fake import FakeEngine
from verirs.errors import GivenUp
from dataclasses import replace


class Flaky(FakeEngine):
    """Gives up one problem; a text says whose it is."""

    def __init__(self, lost: str = "3"):
        super().__init__(pass_rate=1.0)
        self.lost = lost

    async def sample(self, request):
        if request.problem.id == self.lost:
            raise GivenUp("lost")
        async for c in super().sample(request):
            yield replace(c, text=f"of {request.problem.id}: \\\\boxed{{{request.problem.answer}}}#{c.index}")
'''


@case("tidyverse/ellmer/issues/830")
def a_run_with_samples_missing_says_how_many_and_does_not_end_well(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(FLAKY)
    ran = p.run("--engine", "./mine.py:Flaky", n=10)
    assert ran.code != 0 and "10" in ran.said, ran.said
    assert p.summary()["given_up"] == 10 and p.summary()["completions"] == 60


@case("BerriAI/litellm/issues/33987")
def a_run_in_which_every_request_failed_is_no_success(p: Place) -> None:
    p.rows({"3": 3})
    p.folder.joinpath("mine.py").write_text(FLAKY)
    refused(p.run("--engine", "./mine.py:Flaky"), "nothing was sampled")
    assert not (p.path() / "export/sft.parquet").exists()


@case("bespokelabsai/curator/pull/244")
def lost_lines_of_a_journal_are_told_and_drawn_again(p: Place) -> None:
    p.rows()
    p.run(n=4)
    good = p.bytes()
    shutil.rmtree(p.path())
    p.killed(
        60,
        "run",
        "--source",
        "q.jsonl",
        "--engine",
        "fake",
        "--name",
        "r",
        "-n",
        "4",
        "--set",
        "engine.fail_rate=0.3",
    )
    for journal in (p.path() / "groups").glob("journal-*.jsonl"):
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines[:1] + lines[3:]))
    p.run(n=4)
    whole(p, 4)
    assert p.bytes() == good


@case("llm-d/llm-d-batch-gateway/issues/221")
def requests_in_flight_at_an_interrupt_are_drawn_by_the_next_command(p: Place) -> None:
    p.rows()
    p.run(n=6, name="good")
    slow = ("run", "--source", "q.jsonl", "--engine", "fake", "--name", "r", "-n", "6", "--set")
    code = p.killed(4, *slow, "engine.latency=2.0", how=signal.SIGINT)
    assert code in (0, 130)
    p.run(n=6)
    whole(p, 6)
    assert p.texts() == p.texts("good")


@case("deepseek-ai/DeepSpec/pull/29")
def texts_that_finish_out_of_order_belong_to_their_prompts_after_a_stop(p: Place) -> None:
    p.rows()
    p.run(n=6, name="good")
    slow = ("run", "--source", "q.jsonl", "--engine", "fake", "--name", "r", "-n", "6", "--set")
    p.killed(3, *slow, "engine.latency=1.0")
    p.run(n=6)
    assert p.texts() == p.texts("good") and p.verdicts() == p.verdicts("good")


@case("UKGovernmentBEIS/inspect_ai/pull/4933")
def a_resume_that_is_killed_at_once_loses_nothing_of_the_first(p: Place) -> None:
    p.rows()
    p.run(n=6, name="good")
    slow = ("run", "--source", "q.jsonl", "--engine", "fake", "--name", "r", "-n", "6", "--set")
    p.killed(4, *slow, "engine.latency=1.0")
    held = len(p.texts()) if (p.path() / "manifest.json").exists() else 0
    for seconds in (0.3, 0.6, 0.9):
        p.killed(seconds, *slow, "engine.latency=9.0")
    assert (len(p.texts()) if (p.path() / "manifest.json").exists() else 0) >= held
    p.run(n=6)
    assert p.texts() == p.texts("good")


@case("UKGovernmentBEIS/inspect_ai/issues/2628")
def figures_of_a_resumed_run_cover_all_of_it(p: Place) -> None:
    p.rows()
    p.run(n=6, name="good")
    slow = ("run", "--source", "q.jsonl", "--engine", "fake", "--name", "r", "-n", "6", "--set")
    p.killed(4, *slow, "engine.latency=1.0")
    p.run(n=6)
    same = ("tokens", "completions", "verdicts", "estimates", "truncated", "curves")
    assert {k: p.summary()[k] for k in same} == {k: p.summary("good")[k] for k in same}


# ---- files that are gone ---------------------------------------------------------------------------------


@case("vatlab/sos/issues/1493")
def a_finished_run_whose_output_was_deleted_writes_it_again(p: Place) -> None:
    p.rows()
    p.run()
    before = p.bytes()
    (p.path() / "export/sft.parquet").unlink()
    p.run()
    assert p.bytes() == before
    shutil.rmtree(p.path() / "export")
    p.run()
    assert p.bytes() == before


@case("open-compass/opencompass/issues/1473")
def a_lost_part_is_named_and_no_figure_comes_of_the_rest(p: Place) -> None:
    p.rows()
    p.run()
    before = p.bytes()
    lost = next((p.path() / "groups/completions").glob("*.parquet"))
    lost.unlink()
    refused(p.do("export", "runs/r"), lost.name)
    refused(p.do("compare", "runs/r", "runs/r"), lost.name)
    refused(p.run(), lost.name)
    assert p.bytes() == before


@case("ploomber/ploomber/issues/20")
def an_export_that_failed_is_done_by_the_next_command(p: Place) -> None:
    p.rows()
    p.run(name="good")
    p.folder.joinpath("mine.py").write_text(
        "import pyarrow as pa\n\n\nclass Bad:\n    name = 'bad'\n    columns = pa.schema([('a', pa.string())])\n\n"
        "    def rows(self, selection):\n        raise ValueError('no room')\n"
    )
    ran = p.run("--set", 'export.sinks=["sft", "./mine.py:Bad"]')
    assert ran.code != 0
    assert p.run().code == 0 and p.bytes() == p.bytes("good")


# ---- shards ----------------------------------------------------------------------------------------------


@case("open-compass/opencompass/issues/1987")
def a_shard_that_stopped_early_is_named_when_shards_become_one(p: Place) -> None:
    p.rows()
    p.run("--shard", "0/2", name="w")
    p.run("--shard", "1/2", name="w", n=2)
    refused(p.do("merge", "runs/w", "runs/w-shard-0-of-2", "runs/w-shard-1-of-2"), "n is 2")
    assert not p.path("w").exists()


@case("EvolvingLMMs-Lab/lmms-eval/pull/1233")
def more_shards_than_problems(p: Place) -> None:
    p.rows({"0": 0, "1": 1})
    p.run(name="good")
    for i in range(5):
        ran = p.run("--shard", f"{i}/5", name="w")
        assert ran.code == 0, ran.said
    ran = p.do("merge", "runs/w", *(f"runs/w-shard-{i}-of-5" for i in range(5)))
    assert ran.code == 0, ran.said
    p.do("export", "runs/w")
    assert p.texts("w") == p.texts("good")


@case("RUCAIBox/RecBole/pull/1872")
def problems_that_do_not_divide_are_in_one_shard_each(p: Place) -> None:
    p.rows()
    p.run(name="good")
    for i in range(3):
        p.run("--shard", f"{i}/3", name="w")
    parts = [set(k for k, _ in p.texts(f"w-shard-{i}-of-3")) for i in range(3)]
    assert sum(map(len, parts)) == PROBLEMS == len(set.union(*parts))
    p.do("merge", "runs/w", *(f"runs/w-shard-{i}-of-3" for i in range(3)))
    p.do("export", "runs/w")
    assert p.bytes("w") == p.bytes("good")


# ---- scoring again ---------------------------------------------------------------------------------------

ERRS = '''
def odd(problem, completion):
    """Breaks on every other text."""
    from verirs import Score, Verdict
    if sum(map(ord, completion.text)) % 2 and BREAKS:
        raise RuntimeError("odd one")
    return Score(scorer="odd", version="1", verdict=Verdict.PASS)
'''


@case("UKGovernmentBEIS/inspect_ai/pull/5018")
def errors_of_a_second_scoring_are_told(p: Place) -> None:
    p.rows()
    p.run()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "True"))
    ran = p.do(
        "score", "runs/r", "--set", "scorer.odd.plugin=./mine.py:odd", "--set", "limits.max_errors=1.0"
    )
    assert "odd one" in ran.said or "RuntimeError" in ran.said, ran.said
    found = p.verdicts()
    assert list(found.values()).count("error") == p.summary()["verdicts"]["error"] > 0


@case("UKGovernmentBEIS/inspect_ai/pull/5180")
def scoring_the_errors_again_leaves_every_other_score(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "True"))
    p.run("--scorer", "math")
    p.do("score", "runs/r", "--set", "scorer.odd.plugin=./mine.py:odd", "--set", "limits.max_errors=1.0")
    before = p.verdicts()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "False"))
    ran = p.do("score", "runs/r", "--errors", "--trust", alone=True)
    assert ran.code == 0, ran.said
    after = p.verdicts()
    assert "error" not in after.values() and "error" in before.values()
    assert all(after[k] == v for k, v in before.items() if v != "error")


@case("UKGovernmentBEIS/inspect_ai/issues/3000")
def a_scorer_that_is_added_later_counts_for_old_samples(p: Place) -> None:
    p.rows()
    p.run()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "False"))
    p.do("score", "runs/r", "--set", "scorer.odd.plugin=./mine.py:odd")
    names = [s["scorer"] for s in p.summary()["scorers"]]
    assert names == ["math", "odd"]
    math, odd = (s["verdicts"] for s in p.summary()["scorers"])
    assert odd["pass"] == math["pass"] > 0 and odd["fail"] == odd["error"] == 0


@case("UKGovernmentBEIS/inspect_ai/issues/2562")
def scores_of_scorers_that_a_command_lacks_come_back_unchanged(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "False"))
    p.run()
    both = ("--set", "scorer.math.plugin=math", "--set", "scorer.odd.plugin=./mine.py:odd")
    p.run(*both)
    first = p.bytes()
    ran = p.run()
    assert "lacks odd" in ran.said, ran.said
    p.run(*both)
    assert p.bytes() == first


@case("UKGovernmentBEIS/inspect_ai/issues/4412")
def what_an_error_counts_as_is_the_same_in_figures_and_files(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "True"))
    p.run(
        "--set",
        "scorer.odd.plugin=./mine.py:odd",
        "--set",
        "scorer.math.plugin=math",
        "--set",
        "limits.max_errors=1.0",
    )
    found = list(p.verdicts().values())
    summary = p.summary()
    assert summary["left_out"] == found.count("error") > 0
    right = [found.count("pass"), found.count("fail")]
    assert abs(summary["pass_rate"] - right[0] / sum(right)) < 1e-9
    assert all(found == "pass" for k, found in p.verdicts().items() if k in accepted(p))


@case("argilla-io/distilabel/issues/975")
def one_scorer_that_raises_leaves_whole_rows_and_a_run_that_goes_on(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(ERRS.replace("BREAKS", "True"))
    both = (
        "--set",
        "scorer.math.plugin=math",
        "--set",
        "scorer.odd.plugin=./mine.py:odd",
        "--set",
        "limits.max_errors=1.0",
    )
    assert p.run(*both).code == 0
    assert p.run(*both, n=5).code == 0
    whole(p, 5)
    assert all(len(r["scores"]) == 2 for r in p.export(sink="rejects") if r["verdict"] == "pass")


# ---- two runs side by side -------------------------------------------------------------------------------


def accepted(p: Place) -> set[tuple[str, int]]:
    return {(r["problem_id"], r["sample_index"]) for r in p.export()}


def compared(p: Place, a: str = "r", b: str = "s", *more: str) -> dict[str, Any]:
    ran = p.do("compare", f"runs/{a}", f"runs/{b}", "--format", "json", *more)
    assert ran.code == 0, ran.said
    return dict(json.loads(ran.said))


@case("EleutherAI/lm-evaluation-harness/issues/3831")
def a_run_compared_with_its_copy_shows_no_difference(p: Place) -> None:
    p.rows()
    p.run()
    shutil.copytree(p.path(), p.path("s"))
    result = compared(p)["result"]
    assert result["changes"] and all(c["change"]["mean"] == 0 for c in result["changes"])
    assert not result["flips"] and result["mcnemar"] == {"lost": 0, "won": 0, "p": 1.0}


@case("NousResearch/hermes-agent/pull/91627")
def runs_that_break_on_other_problems_are_compared_over_those_of_both(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(
        ERRS.replace("sum(map(ord, completion.text)) % 2", "int(problem.id) < 3").replace("BREAKS", "True")
    )
    p.run("--set", "scorer.math.plugin=math", n=2)
    p.run(
        "--set",
        "scorer.math.plugin=math",
        "--set",
        "scorer.odd.plugin=./mine.py:odd",
        "--set",
        "limits.max_errors=1.0",
        "--set",
        "engine.pass_rate=0.9",
        name="s",
        n=2,
    )
    found = compared(p)
    assert found["result"]["problems"] == 4 and found["result"]["left_out"] == 3
    assert found["graders"]


@case("iDiagoValeta/localOllamaRAG/issues/240")
def one_error_does_not_forbid_a_comparison_and_is_told(p: Place) -> None:
    p.rows()
    p.folder.joinpath("mine.py").write_text(FLAKY)
    p.run("--set", "engine.pass_rate=0.9", name="s")
    p.run("--engine", "./mine.py:Flaky")
    ran = p.do("compare", "runs/r", "runs/s")
    assert ran.code == 0 and "1" in ran.said, ran.said
    assert compared(p)["result"]["left_out"] == 1


# ---- the lock --------------------------------------------------------------------------------------------

HOLD = """
import sys
from verirs.store import Store
store = Store.open(sys.argv[1], write=True)
print("held", flush=True)
sys.stdin.readline()
"""


@case("cashapp/hermit/pull/423")
def a_lock_file_that_is_deleted_while_held_lets_no_second_writer_spoil_the_run(p: Place) -> None:
    p.rows()
    p.run()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(p.path())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(verirs.__file__).parents[1])},
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        (p.path() / "lock").unlink()
        refused(p.run(n=4), "written by another process")
        holder.kill()


@case("gluster/glusterfs/issues/3153")
def a_lock_file_that_was_replaced_is_no_lock(p: Place) -> None:
    p.rows()
    p.run()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(p.path())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(verirs.__file__).parents[1])},
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        (p.path() / "new").write_text("")
        os.replace(p.path() / "new", p.path() / "lock")
        refused(p.do("score", "runs/r"), "written by another process")
        holder.kill()
