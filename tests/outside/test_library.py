"""verirs called from other programs: as a library in a trainer or a notebook, and from job scripts.

Each case is a script of its own; it ends well when what its author expects holds.
"""

# ruff: noqa: E501 - plugins and scripts as text
from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import verirs

HEAD = """
import os, subprocess, sys
from pathlib import Path
import verirs
from verirs import grade, grade_many
rows = Path("rows.jsonl")
rows.write_text('{"id": "a", "prompt": "2 + 2?", "answer": "4"}\\n{"id": "b", "prompt": "3 * 3?", "answer": "9"}\\n')
CONFIG = {"source": {"name": "file", "path": "rows.jsonl"}, "engine": {"name": "fake", "pass_rate": 1.0}, "n": 4}
def cli(*arguments, **more):
    done = subprocess.run([sys.executable, "-m", "verirs.cli", *arguments], capture_output=True, text=True, **more)
    done.said = " ".join((done.stdout + done.stderr).split())
    return done
def refused(call, words):
    try:
        got = call()
    except (verirs.UserError if hasattr(verirs, "UserError") else ValueError) as e:
        assert words in str(e), e
    else:
        raise AssertionError(f"not refused: {got!r}")
"""


@dataclass(frozen=True, kw_only=True)
class Script:
    """A call from outside; ``expected`` says in words what the script asserts."""

    id: str
    seen: str
    kind: str
    expected: str
    code: str

    def fault(self, folder: Path) -> str:
        (folder / "script.py").write_text(HEAD + self.code)
        here = str(Path(verirs.__file__).parents[1])
        try:
            done = subprocess.run(
                [sys.executable, "script.py"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
                env={**os.environ, "PYTHONPATH": here},
            )
        except subprocess.TimeoutExpired:
            return "hangs"
        return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1][:300]


def script(id: str, seen: str, expected: str, code: str, kind: str = "library") -> Script:
    return Script(id=id, seen=seen, kind=kind, expected=expected, code=code)


LIBRARY = [
    script(
        "if-grade",
        "https://github.com/khazhyk/osuapi/pull/17",
        "a fail is false, a pass is true",
        "assert grade('math', text='\\\\boxed{2}', answer='2')\n"
        "assert not grade('math', text='\\\\boxed{3}', answer='2')\n",
    ),
    script(
        "float-of-a-grade",
        "https://github.com/UKGovernmentBEIS/inspect_ai/pull/806",
        "1.0 for a pass, or a TypeError; no other number",
        "try:\n    assert float(grade('math', text='\\\\boxed{2}', answer='2')) == 1.0\nexcept TypeError:\n    pass\n",
    ),
    script(
        "list-option",
        "https://github.com/litestar-org/litestar-saq/issues/83",
        "works",
        "assert grade('format', text='a <think> b', contains=['<think>']).verdict in ('pass', 'abstain')\n"
        "assert grade('format', text='none', contains=['<think>']).verdict == 'unwanted'\n",
    ),
    script(
        "dict-option",
        "https://github.com/NeuroML/pyNeuroML/issues/423",
        "works",
        "Path('w.py').write_text('def good(p, c, weights: dict[str, float]):\\n    return weights[\"a\"] > 0\\n')\n"
        "assert grade('./w.py:good', text='x', weights={'a': 0.5}).passed\n",
    ),
    script(
        "function-as-scorer",
        "https://github.com/huggingface/trl/pull/2612",
        "works, or UserError",
        "def brief(problem, completion):\n    return len(completion.text) < 9\n"
        "try:\n    assert grade(brief, text='short').passed\nexcept ValueError as e:\n    assert 'brief' in str(e)\n",
    ),
    script(
        "several-golds",
        "https://github.com/huggingface/Math-Verify/issues/20",
        "either one is right, or UserError; not one text made of both",
        "try:\n    assert grade('math', text='\\\\boxed{5}', answer=['0.5', '5']).passed\n"
        "except ValueError as e:\n    assert 'answer' in str(e)\n",
    ),
    script(
        "number-as-gold",
        "https://github.com/huggingface/Math-Verify/issues/20",
        "works",
        "import numpy as np\nassert grade('math', text='\\\\boxed{1/2}', answer=0.5).passed\n"
        "assert grade('math', text='\\\\boxed{42}', answer=np.int64(42)).passed\n",
    ),
    script(
        "tensor-as-gold",
        "https://github.com/CarperAI/trlx/pull/514",
        "works, or UserError that names answer",
        "import torch\ntry:\n    assert grade('math', text='\\\\boxed{3}', answer=torch.tensor(3)).passed\n"
        "except ValueError as e:\n    assert 'answer' in str(e)\n",
    ),
    script(
        "chat-as-text",
        "https://huggingface.co/docs/trl/v0.20.0/rewards",
        "its last turn is graded",
        "assert grade('math', text=[{'role': 'assistant', 'content': '\\\\boxed{2}'}], answer='2').passed\n",
    ),
    script(
        "dataset-columns-in-rows",
        "https://github.com/2U1/Qwen-VL-Series-Finetune/issues/234",
        "UserError that names the column",
        "refused(lambda: grade_many('math', [{'text': 'x', 'answer': '1', 'level': 3}]), 'level')\n",
    ),
    script(
        "scorer-raises-in-grade",
        "https://github.com/virgiliojr94/book-to-skill/pull/225",
        "an error, and the reason",
        "Path('w.py').write_text('def good(p, c):\\n    return c.text.index(p.answer) > 0\\n')\n"
        "s = grade('./w.py:good', text='x', answer='y')\n"
        "assert s.verdict == 'error' and 'ValueError' in s.reason\n",
    ),
    script(
        "pickled-reward",
        "https://github.com/verl-project/verl/pull/2239",
        "works in a spawned process",
        "import functools, multiprocessing\nif __name__ == '__main__':\n"
        "    reward = functools.partial(grade, 'math', answer='2')\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        made = [pool.apply(reward, kwds={'text': t}) for t in ('\\\\boxed{2}', '\\\\boxed{3}')]\n"
        "    assert [s.verdict for s in made] == ['pass', 'fail']\n",
    ),
    script(
        "pickled-own-scorer-result",
        "https://github.com/verl-project/verl/issues/3150",
        "works",
        "import pickle\nPath('w.py').write_text('from dataclasses import dataclass\\n@dataclass\\nclass Note:\\n"
        "    text: str\\ndef good(p, c):\\n    return Note(c.text).text == p.answer\\n')\n"
        "s = grade('./w.py:good', text='y', answer='y')\nassert pickle.loads(pickle.dumps(s)) == s and s.passed\n",
    ),
    script(
        "run-inside-an-event-loop",
        "https://github.com/mozilla-ai/any-llm/issues/359",
        "works",
        "import asyncio\nasync def cell():\n    return verirs.run(CONFIG)\n"
        "assert asyncio.run(cell()).summary.verdicts['pass'] == 8\n",
    ),
    script(
        "run-with-paths",
        "https://hydra.cc/docs/1.3/advanced/instantiate_objects/overview/",
        "works, or UserError that names the key",
        "try:\n    r = verirs.run({**CONFIG, 'runs': Path('out'), 'source': {'name': 'file', 'path': rows}})\n"
        "    assert r.summary.verdicts['pass'] == 8\n"
        "except ValueError as e:\n    assert 'runs' in str(e) or 'path' in str(e)\n",
    ),
    script(
        "edited-between-two-runs",
        "https://github.com/jupyter/notebook/issues/2395",
        "the edited file counts",
        "own = {**CONFIG, 'scorer': {'w': {'plugin': './w.py:good'}}}\n"
        "Path('w.py').write_text('def good(p, c):\\n    return True\\n')\n"
        "assert verirs.run({**own, 'name': 'one'}).summary.verdicts['pass'] == 8\n"
        "Path('w.py').write_text('def good(p, c):\\n    return False  # stricter\\n')\n"
        "assert verirs.run({**own, 'name': 'two'}).summary.verdicts['fail'] == 8\n",
    ),
    script(
        "same-name-in-another-folder",
        "https://github.com/kubeedge/ianvs/issues/557",
        "the file of this folder counts",
        "for folder, said in (('one', 'True'), ('two', 'False')):\n"
        "    os.mkdir(folder)\n    Path(folder, 'w.py').write_text(f'def good(p, c):\\n    return {said}\\n')\n"
        "    os.chdir(folder)\n    assert grade('./w.py:good', text='x').passed is (said == 'True')\n    os.chdir('..')\n",
    ),
]

PACKAGE = """
info = Path("site/broken-1.0.dist-info")
info.mkdir(parents=True)
(info / "METADATA").write_text("Metadata-Version: 2.1\\nName: broken\\nVersion: 1.0\\n")
(info / "entry_points.txt").write_text("[verirs.scorer]\\nbroken = gone_package:judge\\n")
env = {**os.environ, "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], "site"])}
"""
RUN = "cli('run', '--source', 'rows.jsonl', '--engine', 'fake', '-n', '4', '--name', 'r'"
EXITS = [
    script(
        "broken-package-not-asked-for",
        "https://github.com/datachain-ai/datachain/issues/1904",
        "works",
        PACKAGE
        + f"assert {RUN}, env=env).returncode == 0\nassert cli('list', 'scorers', env=env).returncode == 0\n",
    ),
    script(
        "broken-package-asked-for",
        "https://github.com/simonw/llm/pull/1351",
        "exit 2, names both",
        PACKAGE + f"done = {RUN}, '--scorer', 'broken', env=env)\n"
        "assert done.returncode == 2 and 'broken' in done.said and 'gone_package' in done.said, done.said\n",
    ),
    script(
        "config-typo",
        "https://github.com/spotify/flyte-flink-plugin/pull/264",
        "exit 2, before any sample",
        f"done = {RUN}, '--set', 'engine.pas_rate=1')\n"
        "assert done.returncode == 2 and 'pas_rate' in done.said and not Path('runs').exists()\n",
    ),
    script(
        "engine-down-is-not-a-typo",
        "https://github.com/improbable-eng/perforce-buildkite-plugin/issues/168",
        "two exit codes: one to try again, one not",
        f"typo = {RUN}, '--set', 'engine.pas_rate=1')\ndown = {RUN}, '--set', 'engine.fail_first=1')\n"
        "assert down.returncode not in (0, 1, typo.returncode), (down.returncode, typo.returncode)\n"
        f"assert {RUN}).returncode == 0\n",
    ),
    script(
        "too-many-errors",
        "https://github.com/ing-bank/INGenious/issues/319",
        "exit 3",
        "Path('w.py').write_text('def good(p, c):\\n    return 1 / 0\\n')\n"
        f"done = {RUN}, '-n', '200', '--set', 'scorer.w.plugin=./w.py:good')\n"
        "assert done.returncode == 3 and 'ZeroDivisionError' in done.said, (done.returncode, done.said)\n".replace(
            "'-n', '200', ", "'--set', 'n=200', "
        ),
    ),
    script(
        "runs-is-a-file",
        "https://github.com/Red5d/pushbullet-bash/issues/81",
        "exit 2, names the folder",
        f"Path('taken').write_text('x')\ndone = {RUN}, '--set', 'runs=taken')\n"
        "assert done.returncode == 2 and 'taken' in done.said and 'unexpected' not in done.said, done.said\n",
    ),
    script(
        "job-is-ended",
        "https://manpages.ubuntu.com/manpages/bionic/man3/slurm_suspend2.3.html",
        "exit 130, and the same command goes on",
        "import signal, time\nslow = [sys.executable, '-m', 'verirs.cli', 'run', '--source', 'rows.jsonl', '--engine',"
        " 'fake', '-n', '64', '--name', 'r', '--set', 'engine.latency=0.5', '--set', 'engine.concurrency=2']\n"
        "job = subprocess.Popen(slow)\ndef begun():\n    found = [f for f in Path('runs/r/groups').rglob('*') if f.is_file()]\n"
        "    return any(f.stat().st_size for f in found if f.name != 'problems.parquet')\n"
        "while not begun() and job.poll() is None:\n    time.sleep(0.1)\ntime.sleep(1)\njob.send_signal(signal.SIGTERM)\n"
        "assert job.wait(30) == 130, job.returncode\n"
        "assert subprocess.run([*slow, '--set', 'engine.latency=0', '--set', 'engine.concurrency=64']).returncode == 0\n",
    ),
    script(
        "check-of-a-bad-gold",
        "https://github.com/crowdin/crowdin-cli/issues/77",
        "exit 2 and the problem's id",
        'rows.write_text(\'{"id": "bad", "prompt": "x", "answer": "4"}\\n\')\n'
        "Path('w.py').write_text('''from verirs import Score, Verdict\nclass Mine:\n    name = \"w\"\n    version = \"1\"\n"
        '    def probes(self, p):\n        return p.answer, "5"\n    def score(self, items):\n'
        '        return [Score(scorer="w", version="1", verdict=Verdict.FAIL) for _ in items]\n'
        "    def close(self): pass\n''')\n"
        'Path(\'c.toml\').write_text(\'[source]\\nname = "file"\\npath = "rows.jsonl"\\n[engine]\\nname = "fake"\\n'
        '[scorer.w]\\nplugin = "./w.py:Mine"\\n\')\n'
        "done = cli('check', 'c.toml')\nassert done.returncode == 2 and 'bad' in done.said, done.said\n",
    ),
]
CASES = [*LIBRARY, *(Script(**{**vars(c), "kind": "exit"}) for c in EXITS)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_call_from_outside(case: Script, tmp_path: Path) -> None:
    assert not (wrong := case.fault(tmp_path)), f"expected: {case.expected}; {wrong} (seen at {case.seen})"
