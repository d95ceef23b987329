"""Releases: what is published, what is refused, and what differs between two; against a hub of our own."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.publishing.hub_server import TOKEN, HubServer
from verirs.cli import main
from verirs.errors import EngineError, StoreError, UserError
from verirs.publishing import difference, prepare, push
from verirs.publishing.release import RELEASE, ReleaseRecord
from verirs.publishing.secrets import held, in_text, public
from verirs.running.again import export, score
from verirs.running.drive import run
from verirs.store import Store

REPO = "org/name"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants

    # the other way up speaks to a second service, in a language of its own
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    # a test before this one may have found that the real hub is away
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    server = HubServer()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield server
    server.close()


def made(folder: Path, name: str = "r", **changes: Any) -> Path:
    table: dict[str, Any] = {
        "name": name,
        "runs": str(folder / "runs"),
        "n": 4,
        "source": {"name": "easy", "limit": 5},
        "engine": {"name": "fake"},
        "export": {"formats": ["parquet", "jsonl"], "sinks": ["sft", "rejects"]},
    }
    return run(table | changes).path


def test_a_release_goes_up_in_one_commit_with_all_that_a_reader_needs(hub: HubServer, tmp_path: Path) -> None:
    path = made(tmp_path)
    assert "/datasets/org/name/commit/" in push(prepare(path), REPO)
    files = hub.files(REPO)
    assert set(files) == {".gitattributes", "README.md", "config.toml", "summary.json", RELEASE} | {
        f"{sink}.{kind}" for sink in ("sft", "rejects") for kind in ("parquet", "jsonl")
    }
    assert hub.visibility[REPO] == "private" and len(hub.commits) == 1
    assert files["sft.parquet"] == (path / "export/sft.parquet").read_bytes()
    card = files["README.md"].decode()
    assert card.startswith("---\n") and "## How it was made" in card and "verirs run config.toml" in card
    for name, found in ReleaseRecord.from_json(json.loads(files[RELEASE])).files.items():
        assert f"| `{name}` | `{found}` |" in card
    config = tomllib.loads(files["config.toml"].decode())
    assert config["n"] == 4 and "runs" not in config and str(tmp_path) not in card


def test_what_was_published_makes_the_same_rows_again(hub: HubServer, tmp_path: Path) -> None:
    push(prepare(made(tmp_path)), REPO)
    table = tomllib.loads(hub.files(REPO)["config.toml"].decode())
    again = run(table | {"runs": str(tmp_path / "again")}).path
    assert difference(REPO, str(again)).equal


def test_the_published_config_is_that_of_the_export(hub: HubServer, tmp_path: Path) -> None:
    """An export may be made with other settings than the run's own config holds."""
    path = made(tmp_path)
    known = tmp_path / "private" / "known.jsonl"
    known.parent.mkdir()
    known.write_text('{"problem": "What is 1 + 1?"}\n')
    export(
        path,
        changes={"balance": {"total": 3}, "select": {"k": 2}, "decontaminate": {"against": [str(known)]}},
    )
    push(prepare(path), REPO)
    files = hub.files(REPO)
    table = tomllib.loads(files["config.toml"].decode())
    assert (table["balance"]["total"], table["select"]["k"]) == (3, 2)
    assert table["decontaminate"]["against"] == ["known.jsonl"] and not any(
        b"private" in text for text in files.values()
    )
    table["decontaminate"]["against"] = [str(known)]
    again = run(table | {"runs": str(tmp_path / "again")}).path
    assert difference(REPO, str(again)).equal and difference(REPO, str(again)).rows["sft"].after == 3


def test_a_later_release_removes_what_it_lacks_and_leaves_what_is_not_ours(
    hub: HubServer, tmp_path: Path
) -> None:
    path = made(tmp_path)
    push(prepare(path), REPO)
    hub.repos[REPO].append({**hub.files(REPO), "paper.pdf": b"theirs"})
    export(path, changes={"export": {"sinks": ["sft"], "formats": ["parquet"]}})
    push(prepare(path), REPO)
    kept = {".gitattributes", "README.md", "config.toml", "summary.json", RELEASE, "sft.parquet", "paper.pdf"}
    assert set(hub.files(REPO)) == kept
    found = difference(f"{REPO}@{hub.sha(REPO, 1)}", REPO)
    assert found.rows["rejects"].lost_rows == found.rows["rejects"].before > 0


def test_another_s_repository_is_not_written_over(hub: HubServer, tmp_path: Path) -> None:
    hub.repos[REPO] = [{".gitattributes": b"", "data.csv": b"theirs"}]
    with pytest.raises(UserError, match=r"no `verirs push` put there \(data.csv\)"):
        push(prepare(made(tmp_path)), REPO)
    assert len(hub.repos[REPO]) == 1
    push(prepare(made(tmp_path)), REPO, replace=True)
    assert hub.files(REPO)["data.csv"] == b"theirs"


def test_refusals_of_the_hub_are_told(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = prepare(made(tmp_path))
    hub.script["/commit/main"] = 412
    with pytest.raises(UserError, match="changed meanwhile"):
        push(release, REPO)
    hub.script["/commit/main"] = 403
    with pytest.raises(UserError, match="refuses org/name to this login"):
        push(release, REPO)
    hub.script["/commit/main"] = 500
    with pytest.raises(EngineError, match="the hub fails"):
        push(release, REPO)
    for name in ("name", "a/b/c", "org/na me"):
        with pytest.raises(UserError, match="ORG/"):
            push(release, name)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(UserError, match="HF_TOKEN to a token that may write"):
        push(release, REPO)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="cannot be reached"):
        push(release, REPO)
    assert len(hub.repos[REPO]) == 1 and not hub.commits


def test_half_written_changed_and_old_exports_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    sft = path / "export/sft.jsonl"
    whole = sft.read_bytes()
    sft.write_bytes(whole[:-20])
    with pytest.raises(UserError, match=r"sft\.jsonl is not what the export wrote"):
        prepare(path)
    sft.write_bytes(whole)
    prepare(path)
    listing = path / "export/.verirs.json"
    text = listing.read_text()
    listing.unlink()
    with pytest.raises(StoreError, match="nothing was exported there; verirs export"):
        prepare(path)
    listing.write_text(text)
    with Store.open(path, write=True), pytest.raises(UserError, match="is being written by another"):
        prepare(path)
    with Store.open(path, write=True) as store:
        store.update(n=6)
    with pytest.raises(UserError, match="run it to its end"):
        prepare(path)
    told = prepare(path, allow_missing=True).told
    assert len(told) == 1 and "run it to its end" in told[0]
    with Store.open(path, write=True) as store:
        store.update(n=3)
    with pytest.raises(UserError, match="sampled or scored since its last export"):
        prepare(path)


def test_an_export_before_its_run_s_new_scores_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    summary = (path / "summary.json").read_bytes()
    listing = {p.name: p.read_bytes() for p in (path / "export").iterdir()}
    score(path, changes={"scorer": {"math": {"percent": "strict"}}})
    (path / "summary.json").write_bytes(summary)
    for name, data in listing.items():
        (path / "export" / name).write_bytes(data)
    with pytest.raises(UserError, match="sampled or scored since"):
        prepare(path)


def test_no_secret_leaves(tmp_path: Path) -> None:
    path = made(tmp_path)
    row = json.loads((path / "export/sft.jsonl").read_text().splitlines()[0])
    word = row["prompt"][0]["content"]
    with pytest.raises(UserError, match=r"holds the value of the environment variable MY_API_KEY") as told:
        prepare(path, environment={"MY_API_KEY": word, "HOME": word})
    assert word not in str(told.value)
    leaky = made(tmp_path, "leaky", prompt={"system": "use sk-abcdefghijklmnopqrstuvwxyz now"})
    with pytest.raises(UserError, match=r"would hold an API key: nothing was published"):
        prepare(leaky, environment={})


def test_secrets_are_named_variables_that_are_long_enough(tmp_path: Path) -> None:
    found = held({"A_TOKEN": "x" * 9, "KEY": "short", "PATH": "y" * 9, "AUTH_FILE": str(tmp_path)})
    assert found == {"A_TOKEN": "x" * 9}
    assert in_text("see postgres://me:word@host/db", {}) == "an address with a password"
    assert in_text("https://huggingface.co/a:b", {}) == ""


def test_a_config_is_shown_without_this_machine() -> None:
    table = {
        "runs": "/home/me/runs",
        "source": {"name": "./mine.py:Rows", "path": "/home/me/data/rows.jsonl"},
        "engine": {"base_url": "http://10.0.0.7:8000/v1", "model": "org/model"},
        "scorer": {"judge": {"url": "https://api.openai.com/v1"}},
        "prompt": {"template": "a/b {problem}"},
    }
    assert public(table) == {
        "source": {"name": "mine.py:Rows", "path": "rows.jsonl"},
        "engine": {"model": "org/model"},
        "scorer": {"judge": {"url": "https://api.openai.com/v1"}},
        "prompt": {"template": "a/b {problem}"},
    }


def test_diff_names_rows_and_the_scorer_that_changed_its_mind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = made(tmp_path, "a"), made(tmp_path, "b", select={"name": "first", "k": 1})
    found = difference(str(before), str(after))
    sft = found.rows["sft"]
    assert sft.lost_rows == sft.before - sft.after > 0 and not sft.gained_rows and not found.verdicts
    assert found.rows["rejects"].gained_rows == sft.lost_rows
    strict = made(tmp_path, "c", scorer={"math": {}, "format": {"max_tokens": 1}})
    found = difference(str(before), str(strict))
    assert found.verdicts and all(change.endswith("-> unwanted") for change in found.verdicts)
    assert {s.scorer for s in found.scorers} == {"format"} and found.versions["format"][0] == ""
    main(["diff", str(before), str(strict)])
    told = capsys.readouterr().out
    assert re.search(r"verdicts of \d+ samples that both have: .*\d+ pass -> unwanted", told)
    main(["diff", str(before), str(before), "--format", "json"])
    same = json.loads(capsys.readouterr().out)
    assert not same["verdicts"] and not same["rows"]["sft"]["gained_rows"]


def test_diff_sees_another_gold_of_a_problem_to_train_on(tmp_path: Path) -> None:
    rows = [{"problem": "1+1?", "answer": "2"}, {"problem": "2+2?", "answer": "4"}]
    paths = []
    for name, gold in (("a", "4"), ("b", "5")):
        rows[1]["answer"] = gold
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        source = {"name": "file", "path": str(tmp_path / f"{name}.jsonl")}
        paths.append(made(tmp_path, name, source=source, export={"sinks": ["rl", "dpo"]}))
    found = difference(*map(str, paths)).rows["rl"]
    assert (found.changed_rows, found.gained_rows, found.lost_rows) == (1, 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "[1, 2]",
        '"x"',
        "[" * 100_000,
        "{",
        '{"problem_id": "p", "sample_index": 0, "text": 1, "scores": [3]} 4',
    ],
)
def test_diff_refuses_what_is_no_row(tmp_path: Path, line: str) -> None:
    (tmp_path / "sft.jsonl").write_text('{"problem_id": "p", "sample_index": 0}\n' + line + "\n")
    with pytest.raises(UserError, match="cannot be read"):
        difference(str(tmp_path), str(tmp_path))


def test_diff_takes_rows_of_any_form_and_names_the_problem_first(tmp_path: Path) -> None:
    said = [{"scorer": ["a"], "verdict": "pass"}, 3]
    row = {"problem_id": "p", "sample_index": 0, "messages": [3], "scores": said}
    pair = {"chosen_index": 1, "problem_id": "p", "rejected_index": 2}
    for name, rows in (("a", [row]), ("b", [row, pair])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sft.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    found = difference(str(tmp_path / "a"), str(tmp_path / "b"))
    assert found.rows["sft"].gained == ("p 1 2",) and found.compared == 1


def test_diff_of_texts_that_changed_compares_no_verdicts(tmp_path: Path) -> None:
    before, after = made(tmp_path, "a"), made(tmp_path, "b", seed=7)
    found = difference(str(before), str(after))
    changed = sum(r.changed_rows + r.gained_rows for r in found.rows.values())
    assert changed > 0 and found.compared < 20
    with pytest.raises(UserError, match="no such folder"):
        difference(str(before), "../nowhere")
    with pytest.raises(UserError, match="no exported rows"):
        difference(str(before), str(tmp_path))


def test_the_command_writes_a_release_without_publishing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = made(tmp_path), tmp_path / "release"
    main(["push", REPO, str(path), "--out", str(out)])
    assert "nothing was published" in capsys.readouterr().out
    assert ReleaseRecord.load(out / RELEASE).rows["sft"] > 0
    assert difference(str(out), str(path)).equal
