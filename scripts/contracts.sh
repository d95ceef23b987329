#!/usr/bin/env bash
# Tests of the hooks with the frameworks' own code, in an environment of their own beside .venv: each framework pins
# other versions of torch and transformers, so its package comes alone, with the few that its reward path imports.
# VERIRS_SOURCES, a folder of git clones, lets eleven more frameworks call from their source files (see
# tests/contracts/test_sources.py). Not part of CI: 7 minutes on 2 busy cores, 5 of them installing packages.
# `scripts/contracts.sh newest` takes the newest versions in place of the pinned ones.
set -euo pipefail
cd "$(dirname "$0")/.."

there=.venv-contracts
packages=(verl==0.9.1 openrlhf==0.11.2 lm_eval==0.4.13)
whole=(openai inspect_ai==0.3.285 verifiers==0.4.0 tensordict omegaconf hydra-core codetiming torchdata orjson aiohttp sacrebleu
  rouge-score sqlitedict evaluate pylatexenc tabulate tiktoken fastapi)
if [ "${1:-}" = newest ]; then
  packages=("${packages[@]%%==*}")
  whole=("${whole[@]%%==*}")
fi
if [ ! -x $there/bin/python ]; then
  .venv/bin/python -m venv $there
  # what .venv has, torch above all, is seen from here
  .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$($there/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
fi
$there/bin/pip install -q --no-deps "${packages[@]}"
$there/bin/pip install -q "${whole[@]}"
PYTHONPATH=$PWD $there/bin/python -m pytest tests/contracts tests/answering/test_chat.py -n 0 -p no:cacheprovider
