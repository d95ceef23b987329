"""What servers of the batch API were reported to do, with addresses: files, batches and states."""

from __future__ import annotations

from tests.outside.batch_dialects import (
    Reported,
    after_doing,
    batch,
    bella,
    both,
    fails_whole,
    found_late,
    hidden,
    late,
    mistral,
    says,
    told,
    words,
)

HTML = b"<html><body>Please sign in</body></html>"
GH = "https://github.com/"

CASES = (
    Reported(
        name="an empty table in place of the error file",
        source=f"{GH}tidyverse/ellmer/pull/927",
        after=batch(lambda row: row | {"error_file_id": {}}),
    ),
    Reported(
        name="an empty text in place of the error file",
        source=f"{GH}tobert/kaibo/pull/93",
        after=batch(lambda row: row | {"error_file_id": ""}),
    ),
    Reported(
        name="states in capitals, PROGRESS, errors as a text, counts twice",
        source="https://novita.ai/docs/guides/llm-batch-api",
        after=batch(
            lambda row: (
                row
                | {"status": {"in_progress": "PROGRESS"}.get(row["status"], row["status"].upper())}
                | {"errors": "", "total": 6}
            )
        ),
    ),
    Reported(
        name="PENDING, PREPARING_INPUT, RUNNING, COMPLETED",
        source=f"{GH}SAP/ai-sdk/pull/464",
        after=batch(words(validating="PREPARING_INPUT", in_progress="RUNNING", completed="COMPLETED")),
    ),
    Reported(
        name="SUCCESS, and files under other names",
        source=f"{GH}langchain4j/langchain4j/pull/5750",
        after=batch(mistral),
    ),
    Reported(
        name="TIMEOUT_EXCEEDED: half of it came",
        source=f"{GH}langchain4j/langchain4j/pull/5750",
        after=batch(words(expired="TIMEOUT_EXCEEDED")),
        fates=("expired",),
    ),
    Reported(
        name="canceled, written with one l",
        source="https://docs.rs/fusillade-core/latest/fusillade_core/batch/struct.Batch.html",
        after=batch(words(cancelled="canceled")),
        fates=("cancelled",),
        words="cancelled batch",
    ),
    Reported(
        name="processing, and times as texts",
        source="https://docs.qoder.com/cloud-agents/api/forward/batches/list",
        after=batch(
            lambda row: (
                row
                | {"status": {"in_progress": "processing"}.get(row["status"], row["status"])}
                | {"created_at": "2026-07-07T07:25:01Z"}
            )
        ),
    ),
    Reported(
        name="an end in a word of the server's own, with its time",
        source="https://ibm.github.io/watsonx-ai-node-sdk/interfaces/1_7_x.batch_inference.Batch.html",
        after=batch(
            lambda row: (
                row | {"status": "results_ready", "completed_at": 1} if row["status"] == "completed" else None
            )
        ),
    ),
    Reported(
        name="a batch just made has no state",
        source="https://doc.bella.top/docs/bella-queue/api/batch/create",
        after=batch(bella),
    ),
    Reported(
        name="completed before its file is named",
        source=f"{GH}openai/openai-cookbook/issues/1564",
        after=late(2, lambda row: row | {"output_file_id": None}),
    ),
    Reported(
        name="completed, and its file is never named",
        source=f"{GH}openai/openai-cookbook/issues/1564",
        after=late(10**9, lambda row: row | {"output_file_id": None}),
        words="names no file",
    ),
    Reported(
        name="the file of answers is there a moment later",
        source=f"{GH}tobert/kaibo/pull/169",
        before=says("GET", "files/.*/content", 404, told("No such File object"), times=2),
    ),
    Reported(
        name="the file of answers was deleted",
        source=f"{GH}doublewordai/control-layer/pull/1741",
        before=says("GET", "files/.*/content", 410, told("the output file is gone"), times=99),
        words="the output file is gone",
    ),
    Reported(
        name="a file just sent is not found",
        source=f"{GH}mongodb-developer/GenAI-Showcase/issues/175",
        before=says("POST", "batches", 404, {"detail": "Input file not found"}, times=2),
    ),
    Reported(
        name="a file just sent is not processed yet",
        source=f"{GH}openai/openai-dotnet/issues/312",
        before=says("POST", "batches", 400, told("The file file-0 is not in a processed state."), times=2),
    ),
    Reported(
        name="a batch fails for want of a file that is there",
        source=f"{GH}tobert/kaibo/pull/169",
        after=fails_whole("", "Cannot find file file-VC5e, or organization org-R does not have access."),
    ),
    Reported(
        name="too many files lie on the server",
        source=f"{GH}Azure/azure-sdk-for-java/issues/47401",
        before=says(
            "POST", "files", 400, told("The quota for files without expiry is reached.", "quotaExceeded"), 99
        ),
        words="quota for files without expiry",
    ),
    Reported(
        name="File is too large.",
        source=f"{GH}bespokelabsai/curator/issues/111",
        before=says("POST", "files", 400, told("File is too large."), times=2),
    ),
    Reported(
        name="413 of a proxy",
        source=f"{GH}bespokelabsai/curator/issues/610",
        before=says("POST", "files", 413, b"<html>413 Request Entity Too Large</html>", times=1),
    ),
    Reported(
        name="413 whatever the size",
        source=f"{GH}openclaw/openclaw/pull/89138",
        before=says("POST", "files", 413, told("Request body too large. Maximum allowed: 10 MB"), times=99),
        words="Request body too large",
    ),
    Reported(
        name="the gateway's own bound of a file",
        source=f"{GH}BerriAI/litellm/pull/37527",
        before=says(
            "POST",
            "files",
            413,
            told("Batch input file is 12.0 MB, which exceeds max_batch_file_size_mb of 10 MB."),
        ),
    ),
    Reported(
        name="too_many_tasks",
        source=f"{GH}stdapi-ai/stdapi.ai/issues/240",
        after=fails_whole("too_many_tasks", "The batch holds more requests than are allowed."),
    ),
    Reported(
        name="enqueued tokens",
        source=f"{GH}openai/openai-python/issues/2084",
        after=fails_whole(
            "token_limit_exceeded",
            "Enqueued token limit reached for gpt-4o-mini in organization org-x. Limit: 2,000,000 enqueued "
            "tokens. Please try again once some in_progress batches have been completed.",
        ),
    ),
    Reported(
        name="429 of a gateway that counts batches",
        source=f"{GH}BerriAI/litellm/pull/37539",
        before=says("POST", "batches", 429, told("Batch rate limit exceeded for key: 6 requests"), times=3),
    ),
    Reported(
        name="made, and answered 504",
        source=f"{GH}QwenLM/qwen-code/pull/11874",
        after=after_doing("batches", 504, b"<html>504 Gateway Time-out</html>"),
    ),
    Reported(
        name="made, and answered 500",
        source=f"{GH}ogx-ai/ogx/issues/3144",
        after=after_doing("batches", 500, told("internal error")),
    ),
    Reported(
        name="made, answered 500, and no list to look at",
        source=f"{GH}ogx-ai/ogx/issues/3144",
        before=says("GET", r"batches\?.*", 404, told("not found"), times=99),
        after=after_doing("batches", 500, told("internal error")),
        words="does not list its batches",
    ),
    Reported(
        name="made, answered 502, and the list knows no metadata",
        source=f"{GH}ogx-ai/ogx/issues/3144",
        after=both(after_doing("batches", 502, b""), hidden("metadata")),
    ),
    Reported(
        name="made, answered 500, and the list is a moment behind",
        source=f"{GH}QwenLM/qwen-code/pull/11874",
        before=found_late(),
        after=after_doing("batches", 500, told("internal error")),
    ),
    Reported(
        name="made, answered 408, and the list is a plain list",
        source="https://docs.together.ai/docs/inference/batch/manage",
        after=both(
            after_doing("batches", 408, told("timeout")),
            lambda _, __, path, said: (200, said[1]["data"]) if path.startswith("batches?") else said,
        ),
    ),
    Reported(
        name="a batch just made is not found",
        source=f"{GH}vllm-project/aibrix/issues/1645",
        before=says("GET", "batches/[^/]*", 404, told("Batch not found"), times=2),
    ),
    Reported(
        name="an error with status 200 in place of a batch",
        source=f"{GH}tensorzero/tensorzero/issues/1198",
        before=says("GET", "batches/[^/]*", 200, told("The server had an error"), times=2),
    ),
    Reported(
        name="a page of a proxy in place of a batch",
        source=f"{GH}BerriAI/litellm/issues/32596",
        before=says("GET", "batches/[^/]*", 200, HTML, times=2),
    ),
)
