#!/usr/bin/env bash
# The docs as a stranger meets them: the wheel in a clean environment, then every block of the README and the docs
# that runs, and the tutorials from top to bottom in empty folders, with exit codes and seconds.
#
#   scripts/clean_docs.sh [EXTRAS] [DIR]    by default the extras that the tutorials name: train,serve
#   scripts/clean_docs.sh "" DIR            the base install: what needs an extra must say which
set -euo pipefail
cd "$(dirname "$0")/.."
extras=${1-train,serve} dir=${2:-$(mktemp -d)}
python=${PYTHON:-.venv/bin/python}
uv=("$python" -m uv)
"${uv[@]}" build --quiet --wheel --out-dir "$dir/dist" .
"${uv[@]}" venv --quiet --clear "$dir/env"
wheel=$(ls "$dir"/dist/verirs-*.whl)
# torch first, as the README's make does: a package that wants torch would otherwise choose the build for it
case ",$extras," in *,train,* | *,hf,*) "$python" -m pip --python "$dir/env/bin/python" install -q "${TORCH:-torch==2.13.0}" ;; esac
"${uv[@]}" pip install --quiet --python "$dir/env/bin/python" "$wheel${extras:+[$extras]}"
env -u PYTHONPATH VERIRS_DOCS_PYTHON="$dir/env/bin/python" "$python" -m pytest -p no:cacheprovider -q -n 0 \
  --durations=0 --durations-min=0 -v tests/docs/test_python.py tests/docs/test_tutorials.py -k "blocks_run or tutorial_does"
