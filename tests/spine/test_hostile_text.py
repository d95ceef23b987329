"""Hostile text in every place that a stranger can fill: none of it reaches the terminal raw, whatever command
shows it, and none of it is read as markup."""

from __future__ import annotations

import http.server
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.http_server import LocalServer
from tests.outside.place import BASE, Place, changed_config, rows
from verirs.records.record import check_of

TEXTS = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m all is well\r\nverirs: done\n\x08\x0c",
    "\u202eabc\u2066\u200f\ufeff\u2028[/] [/b] [red]x[/red] [link=http://x]y[/link] :bomb: [bold",
    "{0} {x!r} %s $(touch ran) `touch ran`'\";",
)
COMMANDS = (
    ("run", "c.toml", "--dry-run"),
    ("check", "c.toml"),
    ("run", "c.toml"),
    ("check", "runs/run"),
    ("score", "runs/run", "--errors"),
    ("export", "runs/run"),
    ("export", "runs/run", "--set", "export.formats=['jsonl']"),
    ("list",),
)
ANY = (0, 1, 2, 3, 4, 5)


def raising(kind: str) -> Callable[[Place, str], None]:
    """A part of this kind that raises the text wherever it can."""
    code = (
        "import pyarrow as pa\nTEXT = {text!r}\n"
        "class Part:\n    name = 'part'\n    version = '1'\n    concurrency = 1\n    reproducible = TEXT\n"
        "    columns = pa.schema([('a', pa.string())])\n"
        "    def problems(self): raise RuntimeError(TEXT)\n"
        "    def identity(self): return {{'x': TEXT}}\n    def render(self, messages): return TEXT\n"
        "    async def start(self): raise RuntimeError(TEXT)\n"
        "    async def sample(self, request):\n        yield TEXT\n"
        "    def score(self, items): raise RuntimeError(TEXT)\n"
        "    def select(self, group): raise RuntimeError(TEXT)\n"
        "    def rows(self, selection): raise RuntimeError(TEXT)\n"
        "    async def close(self): pass\n"
    )
    if kind == "scorer":
        code = code.replace("async def close", "def close")
    table = {
        "source": '[source]\nname = "./p.py:Part"\n[engine]\nname = "fake"\n',
        "engine": '[source]\nname = "easy"\nlimit = 2\n[engine]\nname = "./p.py:Part"\n',
        "scorer": BASE + '[scorer.p]\nplugin = "./p.py:Part"\n[limits]\nmax_errors = 1.0\n',
        "select": BASE + '[select]\nname = "./p.py:Part"\n',
        "sink": BASE + '[export]\nsinks = ["./p.py:Part"]\n',
    }[kind]

    def fill(place: Place, text: str) -> None:
        place.write("p.py", code.format(text=text))
        place.config("c.toml", base=table)

    return fill


def in_row(key: str, **more: str) -> Callable[[Place, str], None]:
    def fill(place: Place, text: str) -> None:
        place.write("rows.jsonl", rows({"id": "a", "prompt": "2 + 2?", "answer": "4"} | {key: text} | more))
        place.config("c.toml")

    return fill


def in_config(line: str) -> Callable[[Place, str], None]:
    def fill(place: Place, text: str) -> None:
        literal = json.dumps(text).replace("\\u007f", "\\u007F")
        place.config("c.toml", line.replace("TEXT", literal))

    return fill


def exception_at_import(place: Place, text: str) -> None:
    place.write("p.py", f"raise ValueError({text!r})")
    place.config("c.toml", base=BASE + '[scorer.p]\nplugin = "./p.py:f"\n')


def verdict_reason(place: Place, text: str) -> None:
    place.write(
        "p.py",
        "from verirs import Score, Verdict\ndef f(problem, completion):\n    return Score(scorer='p', "
        f"version={text!r}, verdict=Verdict.ERROR, reason={text!r}, answer={text!r})\n",
    )
    place.config("c.toml", base=BASE + '[scorer.p]\nplugin = "./p.py:f"\n[limits]\nmax_errors = 1.0\n')


def file_name(place: Place, text: str) -> None:
    name = text.replace("/", "").replace("\x00", "") + ".jsonl"
    place.write(name, (place.folder / "rows.jsonl").read_text() + "{broken")
    place.config(
        "c.toml", base=f'[source]\nname = "file"\npath = {json.dumps(name)}\n[engine]\nname = "fake"\n'
    )


def broken_row(place: Place, text: str) -> None:
    place.write("rows.jsonl", text)
    place.config("c.toml")


def refusing_server(place: Place, text: str) -> None:
    class Refuse(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"error": {"message": text, "code": text}}).encode()
            self.send_response(400)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = LocalServer(Refuse)
    SERVERS.append(server)
    table = f'name = "openai"\nmodel = "m"\nbase_url = "{server.url}/v1"\n'
    place.config("c.toml", base=BASE.replace('name = "fake"\n', table))


SERVERS: list[LocalServer] = []


@pytest.fixture(autouse=True)
def no_servers_left() -> Iterator[None]:
    yield
    while SERVERS:
        SERVERS.pop().close()


PLACES: dict[str, Callable[[Place, str], None]] = {
    **{f"exception of a {kind}": raising(kind) for kind in ("source", "engine", "scorer", "select", "sink")},
    "exception of an import": exception_at_import,
    "reason of a verdict": verdict_reason,
    "id": in_row("id"),
    "id of a bad gold": in_row("id", answer="2 +"),
    "prompt": in_row("prompt"),
    "gold": in_row("answer"),
    "row": broken_row,
    "file": file_name,
    "server": refusing_server,
    "name": in_config("name = TEXT"),
    "key": in_config("TEXT = 1"),
    "folder": in_config("runs = TEXT"),
    "shard": in_config("shard = TEXT"),
    "rank": in_config("rank = TEXT"),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_text_reaches_the_terminal_raw(place: str, tmp_path: Path) -> None:
    for number, text in enumerate(TEXTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        here = Place(folder)
        PLACES[place](here, text)
        for command in COMMANDS[:3] if place == "server" else COMMANDS:
            said = here.verirs(*command)
            assert not said.fault(ANY), (command, text)
        assert not here.ran


def test_no_text_of_a_run_directory_reaches_the_terminal_raw(tmp_path: Path) -> None:
    """Manifest, config, lock and names of files in somebody else's run."""
    here = Place(tmp_path)
    run = tmp_path / here.a_run()
    config, manifest = (run / "config.toml").read_text(), json.loads((run / "manifest.json").read_text())
    for text in TEXTS:
        literal = json.dumps(text)
        changed_config(run / "config.toml", config.replace('name = "r"', f"name = {literal}", 1))
        assert not here.verirs("export", "runs/r").fault(ANY)
        changed_config(run / "config.toml", f"{literal} = 1\n" + config)
        assert not here.verirs("export", "runs/r").fault(2, "unknown key")
        (run / "config.toml").write_text(config)
        for key in ("format", "identity", "generation", "reproducible"):
            changed = manifest | {key: {text: text} if key == "identity" else text}
            changed["check"] = check_of({k: v for k, v in changed.items() if k != "check"})
            (run / "manifest.json").write_text(json.dumps(changed))
            for command in (("export", "runs/r"), ("run", "c.toml", "--name", "r")):
                here.config("c.toml")
                assert not here.verirs(*command).fault(ANY), (key, text)
            (run / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_typed_is_no_exception(text: str, tmp_path: Path) -> None:
    here = Place(tmp_path)
    for command in (
        ("run", text),
        ("check", text),
        ("export", text),
        ("score", text),
        ("bench", text),
        ("bench", f"{text}.toml"),
        ("list", text),
        ("init", f"no/{text.replace('/', '')}.toml"),
        ("iterate", text),
        (text,),
        ("run", f"--{text}"),
        ("run", "--set", text),
        ("run", "--source", "rows.jsonl", "--engine", text),
        ("run", "--source", "rows.jsonl", "--engine", "fake", f"--name={text}"),
        ("run", "--source", "rows.jsonl", "--engine", "fake", "--scorer", text),
        ("rm", "blend", text),
    ):
        assert not here.verirs(*command).fault(ANY), command
