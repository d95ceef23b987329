"""What servers of the batch API were reported to do, with addresses: lines of answers, and refusals."""

from __future__ import annotations

import json

from tests.outside.batch_dialects import (
    Reported,
    all_fail,
    batch,
    failed_line,
    fails_whole,
    first_batch,
    grows,
    lines,
    replaced,
    says,
    told,
    words,
)

HTML = b"<html><body>Please sign in</body></html>"
GH = "https://github.com/"

CASES = (
    Reported(
        name="looks are limited",
        source="https://docs.together.ai/docs/inference/batch/manage",
        before=says("GET", "batches/[^/]*", 429, told("Rate limit exceeded"), times=2),
    ),
    Reported(
        name="counts that are no table",
        source="https://docs.bigmodel.cn/api-reference",
        after=batch(lambda row: row | {"request_counts": 123, "errors": None}),
    ),
    Reported(
        name="an answer with status 200 and an empty body",
        source=f"{GH}BerriAI/litellm/pull/37457",
        after=replaced(1, lambda r: r | {"response": {"status_code": 200, "body": {}}}),
        again=True,
    ),
    Reported(
        name="a line that is no UTF-8",
        source=f"{GH}BerriAI/litellm/pull/37457",
        after=first_batch(
            lines(lambda rows: b"\xff\xfe{]\n" + b"\n".join(json.dumps(r).encode() for r in rows[1:]))
        ),
        again=True,
    ),
    Reported(
        name="a byte order mark, line ends of Windows, blank lines",
        source=f"{GH}ENTERPILOT/GoModel/pull/108",
        after=lines(lambda rows: b"\xef\xbb\xbf" + b"\r\n\r\n".join(json.dumps(r).encode() for r in rows)),
    ),
    Reported(
        name="failures stand in the file of answers, without a body",
        source=f"{GH}artefactory/artefactual/pull/332",
        after=replaced(
            0,
            lambda r: r
            | {"response": {"status_code": 400, "request_id": "x"}, "error": "max_tokens is too large"},
        ),
        words="refuses it .*max_tokens is too large",
        cured=False,
    ),
    Reported(
        name="a refusal in the file of answers, its error null",
        source=f"{GH}artefactory/artefactual/pull/332",
        after=replaced(0, lambda r: failed_line(r, 400, "context length exceeded")),
        words="refuses it .*context length exceeded",
        cured=False,
    ),
    Reported(
        name="a failed line without a response",
        source=f"{GH}mozilla-ai/any-llm/pull/1273",
        after=replaced(
            0, lambda r: {"custom_id": r["custom_id"], "error": {"code": "500", "message": "worker lost"}}
        ),
        again=True,
    ),
    Reported(
        name="the completion stands in response itself",
        source="https://docs.fireworks.ai/guides/batch-inference",
        after=lines(lambda rows: [r | {"response": r["response"]["body"]} for r in rows]),
    ),
    Reported(
        name="the status is a text",
        source=f"{GH}maximhq/bifrost/pull/5291",
        after=lines(
            lambda rows: [r | {"response": r["response"] | {"status_code": "200"}} for r in rows]
        ),
    ),
    Reported(
        name="an answer, and a failure of the same request after it",
        source=f"{GH}llm-d/llm-d-batch-gateway/issues/147",
        after=lines(lambda rows: [*rows, failed_line(rows[0], 500, "worker lost")]),
    ),
    Reported(
        name="every line twice",
        source=f"{GH}llm-d/llm-d-batch-gateway/issues/147",
        after=lines(lambda rows: [*rows, *rows]),
    ),
    Reported(
        name="answers that name no request",
        source="https://community.openai.com/t/batchapi-is-now-available/718416?page=4",
        after=lines(lambda rows: [r | {"custom_id": None} for r in rows]),
        words="belong to none of its requests",
    ),
    Reported(
        name="answers without a custom_id, under another key",
        source=f"{GH}BerriAI/litellm/pull/22723",
        after=lines(lambda rows: [{"key": r["custom_id"], "response": r["response"]} for r in rows]),
        words="belong to none of its requests",
    ),
    Reported(
        name="one list in place of lines",
        source=f"{GH}ENTERPILOT/GoModel/pull/108",
        after=lines(lambda rows: json.dumps(rows, indent=1).encode()),
        words="belong to none of its requests|cannot be read",
    ),
    Reported(
        name="six completed, and half of them in the file at first",
        source=f"{GH}cds-snc/ai-answers/issues/1272",
        after=first_batch(lines(grows)),
    ),
    Reported(
        name="six completed, and half of them never in the file",
        source=f"{GH}cds-snc/ai-answers/issues/1272",
        after=lambda s, m, p, said: lines(grows)(s, m, p, said) if "batch_1" not in s.batches else said,
        again=True,
    ),
    Reported(
        name="no credit: every line failed for that",
        source=f"{GH}bespokelabsai/curator/issues/296",
        after=all_fail(429, "You exceeded your quota", "insufficient_quota"),
        words="quota is used up",
    ),
    Reported(
        name="the key ended: every line failed for that",
        source=f"{GH}BerriAI/litellm/pull/38742",
        after=all_fail(401, "Incorrect API key provided"),
        words="Incorrect API key provided",
    ),
    Reported(
        name="no such deployment: every line failed for that",
        source=f"{GH}edubruell/tidyllm/pull/42",
        after=all_fail(404, "The API deployment does not exist."),
        words="deployment does not exist",
    ),
    Reported(
        name="a model that has no batches",
        source=f"{GH}CultivateLabs/raif/pull/525",
        after=fails_whole("", "JSONL file validation failed: Model grok-4.5 is not supported for batch.", 99),
        words="Model grok-4.5 is not supported",
    ),
    Reported(
        name="nobody pays: the batch fails as a whole",
        source="https://platform.openai.com/docs/guides/batch",
        after=fails_whole("billing_hard_limit_reached", "Billing hard limit has been reached.", 99),
        words="Billing hard limit has been reached",
    ),
    Reported(
        name="a plan without batches",
        source=f"{GH}jgravelle/GroqApiLibrary/pull/22",
        before=says("POST", "batches", 403, told("not_available_for_plan"), times=99),
        words="not_available_for_plan",
    ),
    Reported(
        name="batches are switched off",
        source=f"{GH}vllm-project/vllm/pull/44445",
        before=says("POST", "files", 501, told("start the server with --enable-batch-api"), times=99),
        words="no batch API",
    ),
    Reported(
        name="another purpose is wanted",
        source="https://docs.together.ai/docs/inference/batch/tutorial",
        before=says("POST", "files", 400, told("purpose must be batch-api"), times=99),
        words="purpose must be batch-api",
    ),
    Reported(
        name="metadata is refused",
        source=f"{GH}llm-d/llm-d-batch-gateway/pull/1",
        before=says("POST", "batches", 422, {"detail": "metadata: extra fields not permitted"}),
    ),
    Reported(
        name="the runner is lost: failed, with what it had finished",
        source=f"{GH}BerriAI/litellm-docs/pull/1567",
        after=batch(words(expired="failed")),
        fates=("expired",),
    ),
    Reported(
        name="cancelled when everything was answered",
        source=f"{GH}warmbly/warmbly/pull/333",
        after=batch(words(completed="cancelled")),
    ),
    Reported(
        name="expired, one of all completed",
        source=f"{GH}warmbly/warmbly/pull/333",
        fates=("expired",),
        after=batch(lambda row: row | {"request_counts": {"total": 6, "completed": 3, "failed": 0}}),
    ),
    Reported(
        name="too many batches in an hour",
        source=f"{GH}openai/openai-python/issues/1643",
        before=says(
            "POST", "batches", 400, told("You have reached the maximum number of batches per hour."), times=2
        ),
    ),
)  # fmt: skip
