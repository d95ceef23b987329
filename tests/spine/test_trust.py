"""What somebody else's config may not do unasked, and what stays as easy as before."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
import tomli_w

import verirs
from tests.outside.place import BASE, MARK, Place, changed_config
from verirs.errors import ConfigError
from verirs.running.trust import whose

PART = MARK + "def f(problem, completion):\n    return True\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)


def changed(place: Place, run: str, **sections: object) -> Path:
    """A run whose config a stranger changed."""
    file = place.folder / run / "config.toml"
    changed_config(file, tomli_w.dumps(tomllib.loads(file.read_text()) | sections))
    return file


def test_python_asks_too_for_a_run_and_for_nothing_else(place: Place) -> None:
    place.write("p.py", PART)
    file = changed(place, place.a_run(), scorer={"p": {"plugin": "./p.py:f"}})
    with pytest.raises(ConfigError, match=r"\./p\.py:f.*trust=True"):
        verirs.run(file)
    assert not place.ran
    assert verirs.run(file, trust=True).path == Path("runs/r").absolute() and place.ran
    place.write("elsewhere/p.py", PART)
    text = file.read_text().replace('"r"', '"own"').replace("../../p.py", "./p.py").replace("../../", "../")
    own = place.write("elsewhere/own.toml", text)
    assert verirs.run(own).summary.problems == 2


def test_everything_is_said_at_once_and_nothing_was_loaded(place: Place) -> None:
    place.write("p.py", PART)
    changed(
        place,
        place.a_run(),
        scorer={"p": {"plugin": "./p.py:f"}, "q": {"plugin": "os:system"}},
        select={"name": "./p.py:f"},
        export={"sinks": ["./p.py:f"]},
    )
    said = place.verirs("score", "runs/r")
    assert not said.fault(2) and not place.ran
    for name in ("scorer './p.py:f'", "scorer 'os:system'", "selector './p.py:f'", "sink './p.py:f'"):
        assert name in said.err, name


def test_exporting_loads_the_selector_only(place: Place) -> None:
    place.write("p.py", PART)
    changed(
        place,
        place.a_run(),
        scorer={"p": {"plugin": "./gone.py:f"}},
        source={"name": "./p.py:f"},
        engine={"name": "./p.py:f"},
    )
    assert not place.verirs("export", "runs/r").fault(0, "dataset") and not place.ran
    said = place.verirs("export", "runs/r", "--set", "select.kk=2")
    assert not said.fault(2, "unknown key select.kk")


def test_repairing_a_run_without_a_manifest_loads_nothing_unasked(place: Place) -> None:
    place.write("p.py", PART)
    changed(place, place.a_run(), engine={"name": "./p.py:f"})
    (place.folder / "runs/r/manifest.json").unlink()
    assert not place.verirs("repair", "runs/r").fault(2, "--trust") and not place.ran


def test_links_do_not_make_a_config_ones_own(place: Place) -> None:
    run = place.folder / place.a_run()
    os.symlink(run / "config.toml", place.folder / "mine-too.toml")
    os.symlink(run, place.folder / "linked")
    outside = place.folder.parent / f"{place.folder.name}-outside.toml"
    outside.write_text(BASE)
    os.symlink(outside, place.folder / "inside.toml")
    for name in ("mine-too.toml", "linked/config.toml", "runs/r/config.toml", "inside.toml", str(outside)):
        assert whose(Path(name), Path.cwd()), name
    assert not whose(Path("mine.toml"), Path.cwd()) and not whose(outside)


def test_a_run_without_its_manifest_is_still_a_run(place: Place) -> None:
    run = place.folder / place.a_run()
    (run / "manifest.json").unlink()
    assert whose(run / "config.toml", Path.cwd())


def test_ones_own_run_needs_no_word_where_no_code_is_named(place: Place) -> None:
    run = place.a_run()
    for command in (("run", f"{run}/config.toml"), ("score", run), ("check", run), ("export", run)):
        assert not place.verirs(*command).fault(0), command


def test_a_shard_goes_on_from_its_own_config(place: Place) -> None:
    place.config("c.toml", base='[source]\nname = "easy"\nlimit = 8\n[engine]\nname = "fake"\n')
    for _ in range(2):
        assert not place.verirs("run", "c.toml", "--shard", "0/2").fault(0, "runs/run-shard-0-of-2")
    again = place.verirs("run", "runs/run-shard-0-of-2/config.toml", "-n", "3")
    assert not again.fault(0, "runs/run-shard-0-of-2")
    assert sorted(p.name for p in (place.folder / "runs").iterdir()) == ["run-shard-0-of-2"]


def test_a_named_run_from_a_runs_config_is_a_run_of_its_own(place: Place) -> None:
    run = place.a_run()
    assert not place.verirs("run", f"{run}/config.toml", "--name", "other", "--seed", "5").fault(
        0, "runs/other"
    )
