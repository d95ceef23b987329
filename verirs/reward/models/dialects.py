"""How each kind of reward server is asked, and how its answers are read.

As their sources have it: vLLM's ``/classify``, ``/pooling`` (tasks ``classify`` and ``token_classify``, with
or without step pooling) and ``/score``; SGLang's ``/classify``, whose answer is a list of embeddings;
OpenRLHF's ``/get_reward``. Token ids are sent wherever a server takes them, and raw logits are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from verirs.errors import ConfigError, nearest
from verirs.reward.models.encode import Row
from verirs.reward.models.local import Logits
from verirs.reward.recipes.recipe import Recipe

Text = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server.

    Args:
        name: for messages.
        ask: the body of a request for some rows.
        read: of an answer, the vectors of each row.
        by_place: it can give a vector for each place of a row.
    """

    name: str
    ask: Callable[[Sequence[Row], Text], dict[str, Any]]
    read: Callable[[Any, Sequence[Row]], list[Logits]]
    by_place: bool = False


def _ids(rows: Sequence[Row]) -> list[list[int]]:
    if any(any(row.types or ()) for row in rows):
        raise ConfigError(
            "reward server: this encoder reads segment ids, which token ids cannot carry; end the URL "
            "in /score"
        )
    return [list(r.ids) for r in rows]


def _items(answer: Any) -> list[Any]:
    """The items of a vLLM answer in the order of the request."""
    return sorted(answer["data"], key=lambda item: item["index"])


def _vector(values: Any) -> list[float]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"a text in place of numbers: {values[:40]!r}")
    return [float(x) for x in values]


def _places(item: Any, row: Row) -> Logits:
    """The vectors at a row's places out of those of all its tokens, or of its steps alone."""
    vectors = [_vector(v) if isinstance(v, list) else [float(v)] for v in item["data"]]
    if len(vectors) == len(row.ids):
        return [vectors[place] for place in row.read]
    if len(vectors) == len(row.read):
        return vectors
    raise ValueError(
        f"{len(vectors)} vectors for {len(row.ids)} tokens and {len(row.read)} places: the server pools "
        "otherwise than the recipe reads"
    )


DIALECTS: Mapping[str, Dialect] = {
    "vllm_classify": Dialect(
        "vLLM's /classify",
        lambda rows, _: {"input": _ids(rows), "use_activation": False},
        lambda answer, _: [[_vector(item["probs"])] for item in _items(answer)],
    ),
    "vllm_pooling": Dialect(
        "vLLM's /pooling, task classify",
        lambda rows, _: {"input": _ids(rows), "use_activation": False, "task": "classify"},
        lambda answer, _: [[_vector(item["data"])] for item in _items(answer)],
    ),
    "vllm_tokens": Dialect(
        "vLLM's /pooling, task token_classify",
        lambda rows, _: {"input": _ids(rows), "use_activation": False, "task": "token_classify"},
        lambda answer, rows: [_places(i, row) for i, row in zip(_items(answer), rows, strict=True)],
        by_place=True,
    ),
    "vllm_score": Dialect(
        "vLLM's /score",
        lambda rows, _: {
            "text_1": [r.before for r in rows],
            "text_2": [r.after for r in rows],
            "use_activation": False,
        },
        lambda answer, _: [[[float(item["score"])]] for item in _items(answer)],
    ),
    "sglang": Dialect(
        "SGLang's /classify",
        lambda rows, _: {"input_ids": _ids(rows)},
        lambda answer, _: [[_vector(item["embedding"])] for item in answer],
    ),
    "openrlhf": Dialect(
        "OpenRLHF's /get_reward",
        # Servers of different ages read `query` alone or also `prompts`.
        lambda rows, text: {"query": [text(r) for r in rows], "prompts": [r.before for r in rows]},
        lambda answer, _: [[_vector(r) if isinstance(r, list) else [float(r)]] for r in _rewards(answer)],
    ),
}


def _rewards(answer: Any) -> list[Any]:
    found = answer["rewards"]
    if not isinstance(found, list):
        raise TypeError("rewards are no list")
    return found


SERVERS = ("auto", "vllm", "sglang", "openrlhf")
_ENDPOINTS = {
    ("vllm", "classify"): "vllm_classify",
    ("vllm", "pooling"): "vllm_pooling",
    ("vllm", "score"): "vllm_score",
    ("sglang", "classify"): "sglang",
    ("openrlhf", "get_reward"): "openrlhf",
}


def dialects(url: str, server: str, recipe: Recipe) -> list[Dialect]:
    """What a server of this address may speak: the first that it answers in is taken.

    Raises:
        ConfigError: the address ends in no known endpoint, or in one that cannot give what the recipe reads.
    """
    path = urlsplit(url).path.rstrip("/")
    endpoint = path.rsplit("/", 1)[-1]
    known = sorted({e for _, e in _ENDPOINTS})
    kinds = [kind for kind in SERVERS[1:] if server in ("auto", kind)]
    found = [_ENDPOINTS[kind, endpoint] for kind in kinds if (kind, endpoint) in _ENDPOINTS]
    if not found:
        if endpoint in known:
            raise ConfigError(f"reward server {url!r}: a {server} server has no endpoint {endpoint!r}")
        raise ConfigError(
            f"reward server {url!r}: unknown endpoint {endpoint!r}{nearest(endpoint, known)}; "
            f"end the URL in one of {', '.join(known)}"
        )
    if path.endswith("/v1/classify"):
        raise ConfigError(
            f"reward server {url!r}: /v1/classify gives probabilities after a softmax, which say nothing of "
            "a head of width one; end the URL in /classify"
        )
    if recipe.per_token:
        found = ["vllm_tokens"] if "vllm_pooling" in found else []
    if not found:
        raise ConfigError(
            f"reward server {url!r}: recipe {recipe.name!r} reads a number at places inside the text, which "
            "only vLLM's /pooling gives"
        )
    return [DIALECTS[name] for name in found]
