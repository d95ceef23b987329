"""What a program finds as if Python had been started with its file."""

from __future__ import annotations

import pytest

from verirs.sandbox import Call, Sandbox, Serve, Status

PROGRAMS = {
    "a dataclass with the text of a type": (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass N:\n"
        "    v: int\n    n: 'Optional[N]' = None\ndef f(): return N(1, N(2)).n.v == 2"
    ),
    "pickling an own class": (
        "import pickle\nclass A: pass\ndef f(): return isinstance(pickle.loads(pickle.dumps(A())), A)"
    ),
    "its own source": (
        "import inspect\nclass A:\n    x = 1\n"
        "def f(): return 'getsource' in inspect.getsource(f) and 'x = 1' in inspect.getsource(A)"
    ),
    "its own file name": "import os\nD = os.path.dirname(os.path.abspath(__file__))\ndef f(): return bool(D)",
    "a byte order mark": "\ufeffdef f(): return True",
    "long numbers": "def f(): return len(str(10 ** 5000)) == 5001 and int('9' * 5000) > 0",
    "no module of the runner": (
        "import sys\nM = {'__tests__', 'modes', 'link', 'suite', 'plain'}\n"
        "def f(): return not M & set(sys.modules)"
    ),
    "quit": "import builtins\ndef f(n=0):\n    if n: quit(1)\n    return callable(exit) and callable(quit)",
}


@pytest.mark.parametrize("idiom", PROGRAMS)
def test_programs_find_what_a_file_of_their_own_would(sandbox: Sandbox, idiom: str) -> None:
    job = Serve(code=PROGRAMS[idiom], entry_point="f", calls=(Call(),), main=False)
    (reply,) = sandbox.run(job).replies
    assert (reply.status, reply.value) == (Status.OK, True), reply
