#!/usr/bin/env bash
# Tests of exported files with the trainers' own loaders, in an environment of their own beside .venv: each package
# comes alone, with the few that its loader imports. `scripts/trainers.sh newest` takes the newest versions.
set -euo pipefail
cd "$(dirname "$0")/.."

there=.venv-trainers
packages=(verl==0.9.1 openrlhf==0.11.2 llamafactory==0.9.5 ms_swift==4.6.0 axolotl==0.19.0 mlx-lm==0.32.2 torchtune==0.6.1)
beside=(mlx mlx-cpu modelscope modelscope_hub tensordict pyvers omegaconf antlr4-python3-runtime==4.9.3 pylatexenc pillow addict
  fire av torchao==0.8.0 librosa cryptography cffi sentencepiece blobfile tiktoken kagglehub json_repair aiohttp)
if [ "${1:-}" = newest ]; then
  packages=("${packages[@]%%==*}")
fi
if [ ! -x $there/bin/python ]; then
  .venv/bin/python -m venv $there
  # what .venv has, torch above all, is seen from here
  .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$($there/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
fi
$there/bin/pip install -q --no-deps "${packages[@]}" "${beside[@]}"
PYTHONPATH=$PWD $there/bin/python -m pytest tests/contracts/test_loaders.py -n 0 -p no:cacheprovider
