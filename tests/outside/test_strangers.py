"""Strangers' inputs and the messages a person sees, as they were met outside: issues and advisories of other
projects, in our words.

``seen`` says where somebody met it; ``expected`` what a reasonable user may expect here. A case is a function
of a folder that says what is not as expected, or nothing.
"""

# ruff: noqa: E501 - configs and scripts as text
from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.outside.place import BASE, MARK, Place, rows
from verirs.running.progress import Progress

GH = "https://github.com/"
FAKE = ("--source", "rows.jsonl", "--engine", "fake", "-n", "2")
RAISES = "def f(problem, completion):\n    raise ValueError({text!r})\n"
SLOW = ("run", *FAKE, "--set", "n=200", "--set", "engine.latency=0.4", "--set", "engine.concurrency=4")
SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; ``fault`` says what is not as expected."""

    id: str
    seen: str
    kind: str
    expected: str
    fault: Callable[[Place], str]


CASES: list[Case] = []


def case(id: str, kind: str, seen: str, expected: str) -> Callable[[Callable[[Place], str]], Any]:
    def add(fault: Callable[[Place], str]) -> Callable[[Place], str]:
        CASES.append(Case(id=id, kind=kind, seen=GH + seen, expected=expected, fault=fault))
        return fault

    return add


# ---- text on the screen ------------------------------------------------------------------------------------


def raising(text: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        place.write("p.py", RAISES.format(text=text))
        config = place.config(
            "c.toml", base=BASE + '[scorer.p]\nplugin = "./p.py:f"\n[limits]\nmax_errors = 1.0\n'
        )
        return place.verirs("run", config).fault([0, 3], "ValueError")

    return fault


for id, seen, text in (
    ("spinner-of-a-device", "Textualize/rich/issues/1157", "Copying configuration: [\\] [/] [-]"),
    ("path-like-a-closing-tag", "docarray/docarray/issues/733", "x[/model/2013/V20%200177200 2.jpg]"),
    ("argv-in-a-job-error", "galaxyproject/planemo/pull/1643", "[/tmp/a, --debug] failed"),
    ("carriage-return-in-an-error", "poe-platform/poe-code/issues/647", "bad\rverirs: all is well"),
    (
        "bell-and-title-in-an-error",
        "scottcrosby-securebine/kali-mcp-server/issues/80",
        "\x1b]0;PWNED\x07\x1b[2J",
    ),
    ("eight-bit-escape", "resend/resend-cli/pull/228", "\x9b31mred\x9b0m"),
):
    case(id, "screen", seen, "shown as it is written, the run ends as it would")(raising(text))


def hostile_row(**row: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        place.write("rows.jsonl", rows({"id": "a", "prompt": "2 + 2?", "answer": "4"} | row))
        config = place.config("c.toml")
        for command in (("run", config, "--dry-run"), ("check", config), ("run", config)):
            if wrong := place.verirs(*command).fault([0, 2, 5]):
                return f"{command[0]}: {wrong}"
        return ""

    return fault


for id, seen, row in (
    (
        "clipboard-in-an-id",
        "BaseIntelligence/bounty-challenge/issues/46731",
        {"id": "\x1b]52;c;aGk=\x07", "answer": "2 +"},
    ),
    (
        "link-in-a-prompt",
        "jamie8johnson/cqs/issues/1341",
        {"prompt": "\x1b]8;;file:///etc\x1b\\go\x1b]8;;\x1b\\"},
    ),
    ("isolates-in-an-id", "kbrdn1/gwm-cli/issues/502", {"id": "\u2066a\u2069\u202eb", "answer": "2 +"}),
    ("no-width-in-a-gold", "DouglasdeMoura/chroncal/issues/369", {"answer": "\ufeff4\u200b"}),
    ("markup-in-an-id", "SQLMesh/sqlmesh/pull/4481", {"id": "[/b][link=x]", "answer": "2 +"}),
    ("defaced-terminal-in-a-prompt", "boxdot/gurk-rs/issues/384", {"prompt": "\x1b[3J\x1b[?1049h\x1b[6n"}),
):
    case(id, "screen", seen, "shown by its code")(hostile_row(**row))


@case(
    "title-in-a-file-name", "screen", "BaseIntelligence/bounty-challenge/issues/46731", "the name is escaped"
)
def _(place: Place) -> str:
    place.write("mal\x1b]2;HACKED\x07.toml", "x = [")
    return place.verirs("check", "mal\x1b]2;HACKED\x07.toml").fault(2, "not valid TOML", "HACKED")


@case("sender-names-the-file", "screen", "github/advisory-database/pull/4448", "the name is escaped")
def _(place: Place) -> str:
    return place.verirs("run", "--source", "\x1b[1A\x1b[2Kb.jsonl", *FAKE[2:]).fault(2, "no file matches")


@case("turned-file-name", "screen", "opena2a-org/hackmyagent/issues/330", "the name is escaped")
def _(place: Place) -> str:
    return place.verirs("run", "\u202egnp.elif\u202c.toml").fault(2, "no config file", "202e")


@case(
    "escape-in-a-flag",
    "screen",
    "CWE-CAPEC/CWE-Content-Development-Repository/issues/112",
    "the flag is escaped",
)
def _(place: Place) -> str:
    return place.verirs("run", "--\x1b[31mno").fault(2)


# ---- names -------------------------------------------------------------------------------------------------


def refused_name(name: str, *words: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        before = {p for p in place.folder.parent.rglob("*")}
        wrong = place.verirs("run", *FAKE, f"--name={name}").fault(2, "name", *words)
        config = place.config("c.toml", f"name = {_toml(name)}")
        before.add(place.folder / config)
        wrong = wrong or place.verirs("run", config).fault(2, "name", *words)
        made = {p for p in place.folder.parent.rglob("*")} - before
        return wrong or (f"made {sorted(map(str, made))[:3]}" if made else "")

    return fault


def _toml(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text) + '"'


for id, seen, name, words in (
    ("up-to-the-home-folder", "impecablemee/gtm-mcp/issues/1", "../../.bashrc", ("path",)),
    ("absolute", "UKGovernmentBEIS/inspect_ai/pull/5237", "/tmp/verirs-escape", ("path",)),
    ("up-in-the-middle", "sosy-lab/benchexec/pull/609", "a/../../b", ("path",)),
    ("one-dot", "ai-dynamo/aiperf/pull/1080", ".", ("begins with",)),
    ("hidden", "sosy-lab/benchexec/pull/609#hidden", ".short-qf", ("begins with",)),
    ("slash", "moby/datakit/issues/371", "2: Revdeps/Compilers", ("path", "runs=")),
    ("backslash", "Ericsson/codechecker/pull/400", "a\\b", ("path",)),
    ("blank", "isaac-sim/IsaacLab-Arena/pull/1070", "   ", ("empty",)),
    ("empty", "isaac-sim/IsaacLab-Arena/pull/1070#empty", "", ("empty",)),
    ("like-a-flag", "kovidgoyal/kitty/pull/10348", "-rf", ("begins with",)),
    ("two-lines", "andrebrait/DATROMTool/issues/38#lines", "run\nname", ("cannot be seen",)),
    ("null", "nextmv-io/nextmv-py/pull/362", "a\0b", ("cannot be seen",)),
    (
        "a-prompt-as-a-name",
        "assafelovic/gpt-researcher/issues/1418",
        "调查从二零一九年至二零二四年" * 8,
        ("bytes",),
    ),
):
    case(f"name-{id}", "names", seen, "refused with the reason, and nothing is made")(
        refused_name(name, *words)
    )


def good_name(name: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        said = place.verirs("run", *FAKE, f"--name={name}")
        if wrong := said.fault(0, name):
            return wrong
        return "" if (place.folder / "runs" / name / "summary.json").exists() else "not where its name says"

    return fault


for id, seen, name in (
    ("special", "ray-project/ray/pull/17985", "qwen2.5-7b_T=0.8 (try 2)"),
    ("other-script", "docker-exec/dexec/issues/26", "größe-世界-🙂"),
    ("markup", "cecli-dev/cecli/issues/175", "x[red]y[bold"),
):
    case(f"name-{id}", "names", seen, "works, and is shown as it is")(good_name(name))


@case("model-with-a-slash", "names", "alexhawat/mergeCraft/issues/219", "one folder")
def _(place: Place) -> str:
    config = place.config("bench.toml")
    wrong = place.verirs("bench", config, "--model", "nous/deepseek/v4", "--engine", "fake").fault([0, 2])
    deep = [p for p in (place.folder / "runs").glob("*/*/manifest.json")]
    return wrong or (f"nested: {deep}" if deep else "")


@case("pasted-next-line", "names", "jarun/nnn/issues/114", "the command that is printed is safe to paste")
def _(place: Place) -> str:
    name = 'q\');open("ran","w").write("x")#$(touch ran)`touch ran`'
    name = name.replace("/", "")
    said = place.verirs("run", *FAKE, f"--name={name}")
    if wrong := said.fault([0, 2]):
        return wrong
    lines = re.findall(r"^next +(.*)$", said.out, re.M)
    for line in lines:
        place.shell(
            "mkdir -p datasets; touch datasets/__init__.py; " + line.replace("python -c", '"$VERIRS" -c')
        )
    return "the printed command ran the name" if place.ran else ""


@case("spaces-in-the-next-line", "names", "getappmap/vscode-appland/pull/362", "the printed command works")
def _(place: Place) -> str:
    said = place.verirs("run", *FAKE, "--name=a b'c")
    line = re.findall(r"^next +(.*)$", said.out, re.M)
    if wrong := said.fault(0) or ("" if line else "no next line"):
        return wrong
    place.write(
        "datasets.py",
        "def load_dataset(kind, data_files, split):\n    return [open(data_files, 'rb').read(4)]\n",
    )
    done = place.shell(line[0].replace("python -c", '"$VERIRS" -c'))
    return "" if "PAR1" in done.out else f"the printed command fails: {done.err[-200:]}"


# ---- trust -------------------------------------------------------------------------------------------------


def evil(place: Place, extra: str, kind: str = "f") -> str:
    place.write(
        "evil/p.py",
        MARK
        + "class S:\n    name = 'f'\n    version = '1'\n    def score(self, items): return []\n    def close(self): pass\n",
    )
    return place.a_run(extra.format(file=place.folder / "evil/p.py"))


SCORER = '[scorer.x]\nplugin = "{file}:S"\n'


@case(
    "plugin-of-a-model-repository",
    "trust",
    "modelscope/modelscope/issues/1405",
    "export runs nothing, and works",
)
def _(place: Place) -> str:
    run = evil(place, SCORER)
    return place.verirs("export", run).fault(0, "sft") or ("it was run" if place.ran else "")


def refused_code(
    extra: str, *commands: tuple[str, ...], words: tuple[str, ...] = ()
) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        run = evil(place, extra)
        for command in commands:
            wrong = place.verirs(*(part.replace("RUN", run) for part in command)).fault(2, "--trust", *words)
            if wrong or place.ran:
                return f"{' '.join(command)}: {wrong or 'it was run'}"
        return ""

    return fault


ALL = (
    ("check", "RUN"),
    ("score", "RUN"),
    ("run", "RUN/config.toml"),
    ("run", "RUN/config.toml", "--dry-run"),
)
for id, seen, extra, commands in (
    ("other-doors-to-a-plugin", "modelscope/modelscope/issues/1675", SCORER, ALL),
    (
        "selector-of-a-run",
        "PrimeIntellect-ai/prime-agent/pull/1223",
        '[select]\nname = "{file}:S"\n',
        (("export", "RUN"), *ALL),
    ),
    (
        "sink-of-a-run",
        "BradGroux/veritas-kanban/issues/878",
        '[export]\nsinks = ["{file}:S"]\n',
        (("export", "RUN"),),
    ),
    (
        "any-callable",
        "feyninc/chonkie/issues/550",
        '[source]\nname = "subprocess:Popen"\nargs = ["touch", "ran"]\n',
        ALL,
    ),
    ("engine-of-a-judge", "modelscope/modelscope/issues/1702", '[scorer.judge]\nengine = "{file}:S"\n', ALL),
    (
        "engine-arguments",
        "waybarrios/vllm-mlx/issues/321",
        '[engine]\nname = "vllm"\nmodel = "m"\n[engine.options]\ntrust_remote_code = true\n',
        ALL[2:],
    ),
    ("open-sandbox", "h2oai/h2o-llmstudio/issues/560", '[scorer.code]\nsandbox = "process"\n', ALL),
):
    case(id, "trust", seen, "refused before it is loaded; --trust is named")(refused_code(extra, *commands))


@case("key-to-a-named-server", "trust", "basnijholt/agent-cli/issues/630", "refused: the key would go there")
def _(place: Place) -> str:
    run = evil(
        place,
        '[engine]\nname = "openai"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "MY_SECRET"\n',
    )
    return place.shell(f"verirs run {run}/config.toml", MY_SECRET="s3cret").fault(2, "MY_SECRET", "--trust")


@case("trusted-once", "trust", "microsoft/vscode/issues/205041", "--trust loads it")
def _(place: Place) -> str:
    run = evil(place, SCORER)
    place.verirs("check", run, "--trust")
    return "" if place.ran else "not loaded"


@case(
    "config-of-somebody-else",
    "trust",
    "microsoft/vscode/issues/128991",
    "a config from outside of the folder asks",
)
def _(place: Place) -> str:
    own = Place(place.write("own/x", "").parent)
    place.write("bob/p.py", MARK)
    rows = BASE.replace('"rows.jsonl"', '"../rows.jsonl"')
    place.config("bob/c.toml", base=rows + f'[scorer.x]\nplugin = "{place.folder}/bob/p.py:S"\n')
    wrong = own.verirs("run", "../bob/c.toml").fault(2, "--trust", "bob/c.toml")
    return wrong or ("it was run" if (own.folder / "ran").exists() or place.ran else "")


@case(
    "benchmark-of-somebody-else",
    "trust",
    "PrimeIntellect-ai/prime-agent/pull/1223#bench",
    "a benchmark's config asks as any other",
)
def _(place: Place) -> str:
    own = Place(place.write("own/x", "").parent)
    place.write("bob/p.py", MARK)
    engine = f'[source]\nname = "easy"\n[engine]\nname = "{place.folder}/bob/p.py:E"\n'
    place.config("bob/c.toml", base=engine)
    wrong = own.verirs("bench", "../bob/c.toml").fault(2, "--trust")
    return wrong or ("it was run" if (own.folder / "ran").exists() or place.ran else "")


@case(
    "program-in-a-loop-of-somebody-else",
    "trust",
    "basnijholt/agent-cli/issues/630#loop",
    "a loop's config that names a program asks",
)
def _(place: Place) -> str:
    own = Place(place.write("own/x", "").parent)
    place.write(
        "loop.toml",
        'model = "m"\n[sample]\n[sample.source]\nname = "easy"\n[sample.engine]\nname = "transformers"\n'
        '[held_out.source]\nname = "easy"\n[train]\ntrainer = "command"\ncommand = ["touch", "ran", "{out}"]\n',
    )
    return own.verirs("iterate", "../loop.toml").fault(2, "--trust", "command")


@case("own-config-in-own-folder", "trust", "anthropics/claude-code/issues/12980", "works without a question")
def _(place: Place) -> str:
    place.write("p.py", "def f(problem, completion):\n    return True\n")
    rows = BASE.replace('"rows.jsonl"', '"../rows.jsonl"')
    config = place.config("sub/c.toml", base=rows + '[scorer.p]\nplugin = "../p.py:f"\n')
    return place.verirs("run", config).fault(0, "dataset")


@case(
    "typed-by-its-reader",
    "trust",
    "microsoft/vscode/issues/126568",
    "what is typed on the command line is trusted",
)
def _(place: Place) -> str:
    run = place.a_run()
    place.write("p.py", "def f(problem, completion):\n    return True\n")
    return place.verirs("score", run, "--set", "scorer.p.plugin=./p.py:f").fault(0)


# ---- bombs -------------------------------------------------------------------------------------------------


def bomb(text: str | bytes, *words: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        place.write("b.toml", text)
        begun = time.monotonic()
        wrong = place.verirs("run", "b.toml").fault(2, "b.toml", *words)
        return wrong or (f"took {time.monotonic() - begun:.0f} s" if time.monotonic() - begun > 240 else "")

    return fault


for id, seen, bytes_, words in (
    ("nested-lists", "toml-rs/toml-rs/issues/428", "x = " + "[" * 50_000, ("deep",)),
    ("nested-tables", "hukkin/tomli/pull/148", "x = " + "{a=" * 5_000 + "1" + "}" * 5_000, ("deep",)),
    ("dotted-keys", "python-poetry/tomlkit/pull/510", "a." * 10_000 + "a = 1", ("deep",)),
    (
        "deep-header",
        "WeblateOrg/translation-finder/pull/947",
        "[" + ".".join("a" * 5_000) + "]\nx = 1",
        ("deep",),
    ),
    ("long-number", "notatallshaw/nab/pull/974", "seed = 1" + "0" * 5_000, ("not valid TOML",)),
    ("large", "torognes/vsearch/issues/243", b"# " + b"x" * (20 << 20), ("MiB",)),
    ("utf-16", "influxdata/telegraf/issues/11614", BASE.encode("utf-16"), ("UTF-16", "UTF-8")),
    ("not-utf-8", "GoSecure/pyrdp/issues/247", b'name = "gr\xfc\xdfe"\n', ("not valid TOML",)),
):
    case(f"config-{id}", "bombs", seen, "refused with its name and the reason")(bomb(bytes_, *words))


@case("config-with-a-mark", "bombs", "Nayjest/lm-proxy/issues/79", "a byte order mark is no mistake")
def _(place: Place) -> str:
    place.write("c.toml", b"\xef\xbb\xbf" + f"n = 2\n{BASE}".replace("\n", "\r\n").encode())
    return place.verirs("run", "c.toml").fault(0, "dataset")


@case("endless-config", "bombs", "rajatomar788/pywebcopy/issues/36", "refused at once")
def _(place: Place) -> str:
    return place.shell("ulimit -v 4000000; verirs run /dev/zero").fault(2, "/dev/zero", "MiB")


@case("deep-setting", "bombs", "tamasfe/taplo/issues/1", "refused, or taken as a text")
def _(place: Place) -> str:
    said = place.verirs("run", *FAKE, "--set", "engine.x=" + "[" * 20_000)
    return said.fault(2, "engine.x")


def manifest(text: str, *words: str) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        run = place.a_run()
        (place.folder / run / "manifest.json").write_text(text)
        for command in (("export", run), ("run", *FAKE, "--name", "r")):
            if wrong := place.verirs(*command).fault(2, "manifest.json", *words):
                return f"{command[0]}: {wrong}"
        return ""

    return fault


for id, seen, text in (
    ("deep-manifest", "scottcrosby-securebine/kali-mcp-server/issues/51", '{"format":' + "[" * 100_000),
    ("deep-but-closed-manifest", "SlopDotCash/asi/pull/2170", '{"k":' * 10_000 + "1" + "}" * 10_000),
    ("list-as-manifest", "vamseeachanta/workspace-hub/issues/3446", "[1]"),
    ("half-a-manifest", "BasedHardware/omi/pull/13521", '{"format": 2}'),
):
    case(id, "bombs", seen, "refused with the file's name")(manifest(text, "damaged"))


# ---- messages ----------------------------------------------------------------------------------------------


@case("runs-is-a-file", "messages", "gbouras13/pharokka/issues/271", "says which file stands there")
def _(place: Place) -> str:
    place.write("runs", "x")
    return place.verirs("run", *FAKE).fault(2, "runs")


@case("out-is-a-file", "messages", "upciti/ops2deb/pull/231", "says which file stands there")
def _(place: Place) -> str:
    run = place.a_run()
    place.write("out", "x")
    return place.verirs("export", run, "--out", "out/deep").fault(2, "out")


@case(
    "init-into-nowhere",
    "messages",
    "VlachosGroup/AIMSim/issues/85",
    "says which folder is missing and what to do",
)
def _(place: Place) -> str:
    return place.verirs("init", "nodir/x.toml").fault(2, "nodir", "mkdir")


@case("nowhere-to-write", "messages", "payu-org/payu/issues/699", "names the folder and another place")
def _(place: Place) -> str:
    return place.verirs("run", *FAKE, "--set", "runs=/proc/verirs").fault(2, "/proc")


@case("config-is-a-folder", "messages", "notatallshaw/nab/pull/577", "one sentence")
def _(place: Place) -> str:
    return place.verirs("run", ".").fault(2, "directory")


@case("source-is-a-folder", "messages", "instructlab/instructlab/pull/464", "one sentence that names it")
def _(place: Place) -> str:
    place.write("d.jsonl/x", "")
    return place.verirs("run", "--source", "d.jsonl", *FAKE[2:]).fault(2, "d.jsonl")


@case("long-file-name", "messages", "tolitius/jemma/issues/6", "one sentence that names it")
def _(place: Place) -> str:
    return place.verirs("run", "x" * 300 + ".toml").fault(2, "xxx")


@case("links-in-a-circle", "messages", "arne-cl/discoursegraphs/issues/103", "one sentence that names it")
def _(place: Place) -> str:
    os.symlink("runs", place.folder / "runs")
    return place.verirs("run", *FAKE).fault(2, "runs")


@case(
    "no-space-and-a-log",
    "messages",
    "NousResearch/hermes-agent/issues/57209",
    "one sentence, no traceback of the log",
)
def _(place: Place) -> str:
    said = place.shell("ulimit -f 32; verirs run --source arithmetic --engine fake -n 400")
    wrong = said.fault([2, 4], "large")
    return wrong or ("more than a few lines" if len(said.err.splitlines()) > 6 else "")


@case("full-standard-output", "messages", "sharkdp/fd/issues/737", "says so, and is no success")
def _(place: Place) -> str:
    return place.shell("verirs list > /dev/full").fault([1, 2], "standard output", "No space left")


@case("no-standard-output", "messages", "streamlink/streamlink/pull/6197", "works")
def _(place: Place) -> str:
    return place.shell("verirs list >&-").fault(0) or place.shell(
        "verirs run " + " ".join(FAKE) + " >&-"
    ).fault(0)


@case(
    "no-standard-error",
    "messages",
    "notatallshaw/nab/pull/990",
    "works, and writes nothing into its own files",
)
def _(place: Place) -> str:
    wrong = place.shell("verirs run " + " ".join(FAKE) + " 2>&- 0<&-").fault(0)
    return wrong or place.verirs("export", "runs/run").fault(0)


@case("ascii-terminal", "messages", "scdl-org/scdl/issues/62", "works")
def _(place: Place) -> str:
    script = f"verirs run {' '.join(FAKE)} --name größe-世界 && verirs init 世界.toml"
    return place.shell(script, LC_ALL="C", PYTHONIOENCODING="ascii").fault(0)


@case("code-page-1252", "messages", "repowise-dev/repowise/issues/271", "works")
def _(place: Place) -> str:
    place.write("rows.jsonl", rows({"id": "↳", "prompt": "↳ 2 + 2?", "answer": "2 + ↳"}))
    return place.shell(
        "verirs run --source rows.jsonl --engine fake --dry-run", PYTHONIOENCODING="cp1252"
    ).fault(0)


@case("bytes-as-a-name", "messages", "viper-framework/viper/issues/392", "shown by their codes")
def _(place: Place) -> str:
    return place.shell("verirs run $'gr\\xfc\\xdfe.toml'").fault(2, "no config file")


# ---- pipes and signals -------------------------------------------------------------------------------------


@case("list-into-head", "pipes", "Backblaze/B2_Command_Line_Tool/issues/1071", "silence")
def _(place: Place) -> str:
    said = place.shell("for i in 1 2 3; do verirs list | head -1 >/dev/null; done")
    return said.fault(0) or (f"not silent: {said.err}" if said.err else "")


@case("unbuffered-into-head", "pipes", "Sherin-SEF-AI/CanLab/pull/24", "silence")
def _(place: Place) -> str:
    said = place.shell("verirs list | head -c 1", PYTHONUNBUFFERED="1")
    return said.fault(0) or (f"not silent: {said.err}" if said.err else "")


@case("nobody-reads", "pipes", "browser-history/browser-history/issues/281", "silence")
def _(place: Place) -> str:
    said = place.shell("verirs list | true; echo ${PIPESTATUS[0]}")
    wrong = said.fault(0) or (f"not silent: {said.err}" if said.err else "")
    return wrong or ("" if said.out.strip() in ("0", "141") else f"exit {said.out}")


@case("help-into-head", "pipes", "canonical/craft-cli/issues/378", "silence")
def _(place: Place) -> str:
    said = place.shell("verirs run --help | head -1")
    return said.fault(0) or (f"not silent: {said.err}" if said.err else "")


@case("run-into-head", "pipes", "heroku/legacy-cli/issues/1138", "silence, and the run is there in full")
def _(place: Place) -> str:
    said = place.shell(f"verirs run {' '.join(FAKE)} 2>&1 | head -c 1 >/dev/null")
    wrong = said.fault(0) or (f"not silent: {said.all}" if said.all else "")
    return wrong or ("" if place.stored() == 4 else "samples are missing")


def stopped(
    *keys: tuple[float, str | int], least: int = 0, more: tuple[str, ...] = ()
) -> Callable[[Place], str]:
    """One line, exit 130, the cursor seen."""

    def fault(place: Place) -> str:
        code, said = place.typed([*SLOW, *more], dict(keys))
        if said.rfind(HIDE) > said.rfind(SHOW):
            return f"the cursor stays hidden: {said[-200:]!r}"
        if "Traceback" in said or "unexpected" in said:
            return f"raw: {said[-300:]!r}"
        if code != 130:
            return f"exit {code}: {said[-300:]!r}"
        lines = re.findall("verirs: ([^\r\n]*)", said)
        if len(lines) != 1 or not re.search("interrupted|stopped", lines[0]):
            return f"says {lines}: {said[-300:]!r}"
        return "" if not least or place.stored() >= least else "what was sampled is gone"

    return fault


for id, seen, keys, least in (
    ("ctrl-c-in-the-imports", "Tracer-Cloud/opensre/issues/2748", [(0.25, "\x03")], 0),
    ("ctrl-c-a-little-later", "bmad-code-org/bmad-loop/pull/256", [(0.6, "\x03")], 0),
    ("ctrl-c-while-it-starts", "p-e-w/ternimal/issues/14", [(1.2, "\x03")], 0),
    ("ctrl-c-while-it-samples", "Textualize/rich/issues/3673", [(-1.0, "\x03")], 1),
    ("ctrl-c-twice", "pulp/pulpcore/pull/3943", [(-1.0, "\x03"), (-1.05, "\x03")], 1),
    (
        "ctrl-c-three-times",
        "aboutcode-org/vulnerablecode/issues/1478",
        [(-1.0, "\x03"), (-1.03, "\x03"), (-1.06, "\x03")],
        1,
    ),
    ("sigterm-of-a-scheduler", "davidsd/sdpb/issues/201", [(-1.0, signal.SIGTERM)], 1),
    ("sigterm-twice", "coleifer/huey/issues/213", [(-1.0, signal.SIGTERM), (-1.05, signal.SIGTERM)], 1),
    ("sighup", "tomykaira/clockwork/pull/148", [(-1.0, signal.SIGHUP)], 1),
):
    case(id, "signals", seen, "one line, exit 130, the cursor is there, nothing stored is lost")(
        stopped(*keys, least=least)
    )


@case("nohup", "signals", "voiio/dramatiq-crontab/pull/81", "goes on")
def _(place: Place) -> str:
    script = (
        f"trap '' HUP; verirs run {' '.join(FAKE)} --set n=20 --set engine.latency=0.2 --set engine.concurrency=4 & "
        "while [ ! -e runs/run/groups ]; do sleep 0.1; done; kill -HUP $!; wait $!"
    )
    return place.shell(script).fault(0, "dataset")


# ---- progress ----------------------------------------------------------------------------------------------


def sampling(seconds: float, **counts: Any) -> Progress:
    progress = Progress(**counts)
    progress.enter("sampling")
    marks = list(progress._marks)
    progress.since -= seconds
    progress._marks.clear()
    progress._marks.extend((at - seconds, n, t) for at, n, t in marks)
    return progress


@case(
    "time-left-of-a-resumed-run", "progress", "knostic/OpenAnt/issues/218", "from this process's own samples"
)
def _(place: Place) -> str:
    progress = sampling(24, problems=10, wanted=1351, before=130)
    progress.sampled = 10
    left = progress.seconds_left() or 0
    return "" if 2500 < left < 3500 else f"{left} s left"


@case(
    "loading-is-not-sampling",
    "progress",
    "jfelchner/ruby-progressbar/issues/66",
    "the clock starts with the first request",
)
def _(place: Place) -> str:
    progress = Progress(problems=66, wanted=264)
    progress.since -= 300
    progress.enter("sampling")
    progress.sampled = 1
    return "" if progress.seconds_left() is None and "left" not in progress.line() else progress.line()


@case("time-left-jumps", "progress", "sahib/rmlint/issues/343", "from a window, not from the start")
def _(place: Place) -> str:
    progress = sampling(1000, problems=10, wanted=2000)
    now = time.monotonic()
    progress._marks.extend([(now - 61, 100, 0)])
    progress.sampled = 100 + 61  # of late one a second; before that one in ten seconds
    left = progress.seconds_left() or 0
    return "" if 1500 < left < 2100 else f"{left} s left"


def fits(columns: int) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        progress = sampling(100, problems=12345, wanted=1_234_567, before=1_000_000)
        progress.sampled, progress.tokens = 123_456, 98_765_432
        progress.errors["code: sandbox"] += 77
        progress.refused["x"] += 3
        line = progress.line(columns)
        return "" if len(line) <= columns and "1123456/1234567" in line else line

    return fault


for columns, seen in (
    (80, "xetys/hetzner-kube/issues/26"),
    (60, "console-rs/indicatif/issues/218"),
    (40, "theforeman/kafo/pull/145"),
):
    case(f"fits-{columns}-columns", "progress", seen, "one line; parts are left out in order")(fits(columns))


@case("narrow-terminal", "progress", "henrik/progress_bar/issues/9", "one line on a real terminal")
def _(place: Place) -> str:
    arguments = ["run", *FAKE, "--set", "n=8", "--set", "engine.latency=0.5", "--set", "engine.concurrency=4"]
    code, said = place.typed(arguments, {}, columns=40)
    drawn = [
        p
        for p in re.split("[\r\n]|\x1b\\[[0-9;?]*[A-Za-z]", said)
        if p.startswith(("sampling", "starting", "scoring"))
    ]
    long = [p for p in drawn if len(p) >= 40]
    return (f"exit {code}" if code else "") or ("" if drawn and not long else f"{long or said[:300]!r}")


# ---- locks, and copies of a run ----------------------------------------------------------------------------


def unlockable(number: int) -> Callable[[Place], str]:
    def fault(place: Place) -> str:
        with pytest.MonkeyPatch.context() as patch:

            def refuse(*_: object) -> None:
                raise OSError(number, os.strerror(number))

            patch.setattr(fcntl, "lockf", refuse)
            patch.setattr(fcntl, "flock", refuse)
            said = place.verirs("run", *FAKE)
        return said.fault(2, "locks", "runs=") or (
            "blames a process" if "another process" in said.err else ""
        )

    return fault


for id, seen, number in (
    ("no-locks", "caracal-pipeline/caracal/issues/1239", errno.ENOLCK),
    ("lustre-without-flock", "BOINC/boinc/issues/1563", errno.ENOSYS),
    ("share-without-locks", "tox-dev/filelock/issues/6", errno.EOPNOTSUPP),
):
    case(id, "locks", seen, "says that the file system has no locks, and what to do")(unlockable(number))


@case("who-holds-it", "locks", "eth-cscs/sarus/issues/36", "names host, pid and time")
def _(place: Place) -> str:
    run = place.a_run()
    holder = "import sys, time; from verirs.store.lock import Lock; from pathlib import Path; l = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    script = f'"$VERIRS" -c "{holder}" {run} > held & while [ ! -s held ]; do sleep 0.1; done; verirs export {run} --set select.k=1; verirs run {" ".join(FAKE)} --name r; code=$?; kill $!; exit $code'
    said = place.shell(script)
    return said.fault(2, "another process", "pid", "since 20")


@case("copied-run", "copies", "Emmi-AI/noether/pull/220", "goes on in the copy, the original is untouched")
def _(place: Place) -> str:
    run = place.folder / place.a_run()
    shutil.copytree(run, place.folder / "runs/copy")
    before = {p: p.stat().st_mtime_ns for p in run.rglob("*")}
    wrong = place.verirs("run", "runs/copy/config.toml", "-n", "4").fault(0, "runs/copy")
    changed = [str(p) for p, at in before.items() if not p.exists() or p.stat().st_mtime_ns != at]
    return (
        wrong
        or (f"changed {changed[:3]}" if changed else "")
        or ("" if place.stored("runs/copy") == 8 else f"{place.stored('runs/copy')} samples")
    )


@case("moved-run", "copies", "tristanls-tbp/tbp.monty/pull/584", "goes on where it lies now")
def _(place: Place) -> str:
    shutil.move(place.folder / place.a_run(), place.folder / "elsewhere")
    wrong = place.verirs("run", "elsewhere/config.toml", "-n", "3").fault(0, "elsewhere")
    return wrong or ("made runs/r anew" if (place.folder / "runs/r").exists() else "")


@pytest.mark.parametrize("one", [pytest.param(c, id=c.id) for c in CASES])
def test_met_outside(one: Case, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    assert not one.fault(Place(folder)), one.expected


def test_cases_are_many_and_each_says_where_it_was_seen() -> None:
    assert len(CASES) >= 30 and len({c.id for c in CASES}) == len(CASES)
    assert all(re.fullmatch(r"https://[^\s]+", c.seen) for c in CASES)
