#!/usr/bin/env bash
# Tests of the hooks with the frameworks' own code, in an environment of their own beside .venv: each framework pins
# other versions of torch and transformers, so its package comes alone, with the few that its reward path imports.
# CI runs it at the pinned versions; `scripts/contracts.sh newest` takes the newest.
# VERIRS_SOURCES, a folder of git clones, lets those that publish no package call from their source files as well
# (see tests/contracts/test_sources.py).
set -euo pipefail
cd "$(dirname "$0")/.."

there=.venv-contracts
alone=(verl==0.9.1 openrlhf==0.11.2 lm_eval==0.4.13)
# only their files are looked at
wheels=(ms-swift==4.6.0 evalscope==1.14.1 lighteval==0.13.0 areal==1.0.4 axolotl==0.19.0 skyrl-gym==0.4.0)
whole=(inspect_ai==0.3.285 verifiers==0.4.0 tensordict==0.15.3 omegaconf==2.3.1 hydra-core==1.3.8
  codetiming==1.4.0 torchdata==0.11.0 sacrebleu==2.6.0 rouge-score==0.1.2 sqlitedict==2.1.0 evaluate==0.4.6
  pylatexenc==2.11 tabulate==0.10.0 tiktoken==0.14.0 fastapi==0.165.0 wandb==0.31.0 trackio==0.43.0)
client=(openai==3.57.0) # in a folder of its own: verifiers wants an older one beside it
if [ "${1:-}" = newest ]; then
  alone=("${alone[@]%%==*}") wheels=("${wheels[@]%%==*}") whole=("${whole[@]%%==*}") client=("${client[@]%%==*}")
  rm -rf $there # else what is there already counts as new enough
fi
if [ ! -x $there/bin/python ]; then
  .venv/bin/python -m venv --without-pip $there
  # what .venv has, torch above all, is seen from here
  .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$($there/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
fi
export UV_FIND_LINKS="${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}"
install() { .venv/bin/uv pip install -q --python $there/bin/python "$@"; }
# the packages alone come last: what the others want of them does not matter
if ! { install "${whole[@]}" && install --no-deps "${alone[@]}" && install --target $there/client "${client[@]}" &&
  install --no-deps --target $there/wheels "${wheels[@]}"; }; then
  echo "SKIPPED: the contracts: their packages cannot be installed here"
  exit 0
fi
printf 'the hooks are called by: %s\n' "${alone[*]} ${wheels[*]} ${whole[*]:0:2} ${client[*]}"
check() { $there/bin/python -m pytest -q -rs -n 0 -p no:cacheprovider "$@"; }
failed=0
VERIRS_WHEELS=$PWD/$there/wheels PYTHONPATH=$PWD check tests/contracts || failed=1
PYTHONPATH=$PWD:$PWD/$there/client check tests/answering/test_chat.py || failed=1
exit $failed
