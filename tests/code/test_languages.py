# ruff: noqa: E501 - programs
"""Programs in other languages: compiled once in the sandbox, judged as Python programs are, refused where a
tool lacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verirs.code import stdio
from verirs.errors import SandboxError
from verirs.sandbox import Input, Limits, Runs, Sandbox, Status, languages, open_sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score

SUM = {
    "cpp": (
        "#include <bits/stdc++.h>\nusing namespace std;\n"
        "int main() { long long a, b; cin >> a >> b; cout << a + b << endl; }"
    ),
    "c": '#include <stdio.h>\nint main(void) { long a, b; scanf("%ld %ld", &a, &b); printf("%ld\\n", a + b); }',
    "java": (
        "import java.util.*;\nclass Helper { static long plus(long a, long b) { return a + b; } }\n"
        "public class Solution {\n    public static void main(String[] args) {\n"
        "        Scanner s = new Scanner(System.in);\n"
        "        System.out.println(Helper.plus(s.nextLong(), s.nextLong()));\n    }\n}"
    ),
    "javascript": (
        "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(a + b);"
    ),
    "rust": (
        "use std::io::*;\nfn main() {\n    let mut s = String::new();\n"
        "    stdin().read_to_string(&mut s).unwrap();\n"
        "    let v: Vec<i64> = s.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
        '    println!("{}", v[0] + v[1]);\n}'
    ),
    "go": (
        'package main\nimport "fmt"\nfunc main() {\n    var a, b int\n    fmt.Scan(&a, &b)\n    fmt.Println(a + b)\n}'
    ),
}
TESTS = tuple({"input": f"{a} 5\n", "output": f"{a + 5}\n"} for a in (0, 7, 10**12))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        with open_sandbox("namespaces", workers=1) as opened:
            yield opened
    except SandboxError as e:
        pytest.skip(str(e))


def needs(language: str) -> None:
    try:
        languages.find(language)
    except SandboxError as e:
        pytest.skip(str(e))


def judged(sandbox: Sandbox, language: str, code: str, **meta: object) -> Score:
    problem = Problem(prompt="Add.", tests=TESTS, meta={"language": language, **meta})
    (score,) = CodeScorer(sandbox=sandbox).score([(problem, Completion(text=f"```{language}\n{code}\n```"))])
    return score


@pytest.mark.parametrize("language", SUM)
def test_right_and_wrong_programs(sandbox: Sandbox, language: str) -> None:
    needs(language)
    right = judged(sandbox, language, SUM[language])
    assert right.passed and right.details["passed"] == 3, right
    wrong = judged(sandbox, language, SUM[language].replace("a + b", "a - b").replace("v[0] +", "v[0] -"))
    assert wrong.verdict == "fail" and wrong.details["status"] == "wrong_answer"


@pytest.mark.parametrize("language", SUM)
def test_what_does_not_compile_fails_and_says_why(sandbox: Sandbox, language: str) -> None:
    needs(language)
    score = judged(sandbox, language, "int main( {{{ class x")
    assert score.verdict == "fail" and "does not compile" in score.reason
    assert [t["status"] for t in score.details["tests"]] == ["exception", "not_run", "not_run"]


def run(sandbox: Sandbox, code: str, *inputs: bytes, limits: Limits | None = None) -> list[Status]:
    needs("cpp")
    job = Runs(
        code=code, language="cpp", inputs=tuple(Input(stdin=i) for i in inputs or (b"",)), limits=limits
    )
    result = sandbox.run(job)
    assert result.runs, result
    return [r.status for r in result.runs]


def test_limits_hold_for_compiled_programs(sandbox: Sandbox) -> None:
    hurried = Limits(cpu_s=0.5, memory_mb=128, output_kb=64)
    code = (
        "#include <bits/stdc++.h>\n#include <unistd.h>\nint main() { int n; std::cin >> n;\n"
        "  if (n == 0) for (volatile int i = 0;; i++);\n  if (n == 1) sleep(99);\n"
        "  if (n == 2) { std::vector<char*> v; for (;;) { v.push_back((char*)calloc(1, 1 << 20)); memset(v.back(), 1, 1 << 20); } }\n"
        '  if (n == 3) for (;;) puts("xxxxxxxxxxxxxxxx");\n  if (n == 4) *(volatile int*)0 = 1;\n  if (n == 5) return 3;\n'
        '  puts("ok"); }'
    )
    ends = run(sandbox, code, *(b"%d" % n for n in range(7)), limits=hurried)
    assert ends[2] in (Status.OOM, Status.EXCEPTION)  # killed, or refused memory and aborted
    assert [e for n, e in enumerate(ends) if n != 2] == [
        Status.CPU_TIMEOUT, Status.WALL_TIMEOUT, Status.OUTPUT_LIMIT, Status.EXCEPTION, Status.EXCEPTION, Status.OK,
    ]  # fmt: skip


def test_a_deep_recursion_has_the_stack_it_needs(sandbox: Sandbox) -> None:
    code = (
        "#include <cstdio>\nint f(int n) { volatile char x[64]; x[0] = 1; return n ? x[0] + f(n - 1) : 0; }\n"
        'int main() { printf("%d", f(500000)); }'
    )
    assert run(sandbox, code) == [Status.OK]


@pytest.mark.parametrize(
    "code",
    [
        '#include "/etc/shadow"\nint main() {}',
        '#include "/root/.bashrc"\nint main() {}',
        "int a[1 << 30] = {1}; int b[1 << 30] = {1}; int main() {}",
        "template <int n> struct S { S<n + 1> x; }; S<0> s; int main() {}",
        '__asm__(".incbin \\"/etc/hostname\\""); int main() {}',
    ],
)
def test_a_compiler_is_in_the_sandbox_too(sandbox: Sandbox, code: str) -> None:
    assert run(sandbox, code) == [Status.EXCEPTION]
    assert run(sandbox, "int main() {}") == [Status.OK]  # and nothing of it is left


def test_a_run_cannot_change_the_program(sandbox: Sandbox) -> None:
    code = (
        "#include <cstdio>\n#include <unistd.h>\n#include <sys/stat.h>\nint main() {\n"
        '  int n = 0; n += unlink("/program/program") == 0; n += fopen("/program/x", "w") != 0;\n'
        '  n += rename("/program/program", "/tmp/p") == 0; n += chmod("/program/program", 0) == 0;\n'
        "  return n; }"
    )
    assert run(sandbox, code, b"", b"") == [Status.OK, Status.OK]


def test_what_is_not_here_is_no_failure(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    languages.find.cache_clear()
    try:
        score = judged(sandbox, "rust", SUM["rust"])
    finally:
        monkeypatch.undo()
        languages.find.cache_clear()
    assert score.verdict == "abstain" and "rustc" in score.reason and score.details["status"] == "lacking"


def test_an_unknown_language_is_refused(sandbox: Sandbox) -> None:
    score = judged(sandbox, "brainfuck", "+")
    assert score.verdict == "abstain" and "cannot be run here" in score.reason


@pytest.mark.parametrize(
    ("given", "name"), [("C++17", "cpp"), ("Node.js", "javascript"), ("Python3", "python"), ("golang", "go")]
)
def test_names_of_languages(given: str, name: str) -> None:
    assert languages.language_name(given) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("class A {} class B { public static void main(String[] a) {} }", "B"),
        ("// public class No\npublic final class Yes { static void main() {} }", "Yes"),
        ("class A { static class In {} public static void main(String[] a) {} } class Z {}", "A"),
        ('class M { String s = "class N {"; public static void main(String[] a) {} }', "M"),
    ],
)
def test_the_class_that_is_run(code: str, name: str) -> None:
    assert languages._java_class(code) == name


def test_tools_that_do_not_work_are_no_fault_of_the_program(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("c")
    monkeypatch.setitem(languages.PROOF, "c", "int main( {")  # as if nothing compiled
    monkeypatch.setattr(stdio, "_proved", {})
    score = judged(sandbox, "c", "int main( {")
    assert score.verdict == "abstain" and "the tools of c do not work here" in score.reason
