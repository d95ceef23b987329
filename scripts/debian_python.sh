#!/usr/bin/env bash
# The base install under the Python of another Debian, where this machine has none of that version: the wheel in a
# clean environment of a system made by debootstrap, then tests that need no extra.
#
#   scripts/debian_python.sh forky DIR [TESTS...]    forky has Python 3.14; DIR keeps the system for the next time
#
# Needs root and debootstrap. The system is a root of its own (pivot_root), so sandboxes work there as on a machine.
set -euo pipefail
suite=${1:?the name of a Debian} dir=$(realpath -m "${2:?a folder}")
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)
tests=${*:-tests/spine/test_base_install.py}

if [ ! -e "$dir/usr/bin/python3" ]; then
  recipe=/usr/share/debootstrap/scripts/$suite
  [ -e "$recipe" ] || recipe=/usr/share/debootstrap/scripts/sid # a Debian newer than debootstrap is made as the newest
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$suite" "$dir" "" "$recipe" >/dev/null
fi
work=$(mktemp -d "$dir/root/verirs.XXXX")
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m pip wheel -q --no-deps -w "$work/dist" "$here"
git -C "$here" archive HEAD tests docs examples viewer benchmarks scripts pyproject.toml README.md | tar -x -C "$work"
cat >"$work/inside.sh" <<'INSIDE'
set -eu
cd "$1"
python3 --version
python3 -m venv env
env/bin/pip install -q dist/*.whl pytest pytest-timeout pytest-asyncio hypothesis
env/bin/verirs init mine.toml --source easy --engine fake
env/bin/verirs check mine.toml | tail -3
env/bin/verirs run mine.toml --set n=4 | tail -3
env/bin/verirs sandboxes
env/bin/python -m pytest -q -p no:cacheprovider $2
INSIDE
unshare --mount --fork bash -euc '
  mount --make-rprivate /
  mount --bind "$1" "$1"
  for place in proc dev sys; do mount --rbind "/$place" "$1/$place"; done
  mkdir -p "$1/etc/ssl/certs"
  mount --bind /etc/ssl/certs "$1/etc/ssl/certs"
  mount --bind /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
  cd "$1"
  mkdir -p old
  pivot_root . old
  cd /
  umount -l old
  exec bash "$2/inside.sh" "$2" "$3"
' - "$dir" "/root/$(basename "$work")" "$tests"
