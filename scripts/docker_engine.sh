#!/usr/bin/env bash
# A private docker engine for tests: no registry, no network, nothing of it left after `stop`.
#
#   scripts/docker_engine.sh start DIR   install docker.io where missing (Debian, root), start it, make the image;
#                                        the last line printed is DOCKER_HOST
#   scripts/docker_engine.sh stop DIR
#
# Where it is impossible it says why and exits 77. gVisor is set up as a runtime where `runsc` is installed.
set -euo pipefail
action=${1:?start or stop} dir=$(realpath -m "${2:?a folder}")
here=$(cd "$(dirname "$0")/.." && pwd)

impossible() { echo "no docker engine: $1"; exit 77; }

if [ "$action" = stop ]; then
  if [ -f "$dir/docker.pid" ]; then
    pid=$(cat "$dir/docker.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
  fi
  umount -l "$dir/data" 2>/dev/null || true # the engine mounts it on itself
  rm -rf "$dir"
  exit 0
fi

[ "$(id -u)" = 0 ] || impossible "starting one needs root"
if ! command -v dockerd >/dev/null; then
  command -v apt-get >/dev/null || impossible "dockerd is not installed"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io >/dev/null \
    || impossible "docker.io could not be installed"
fi
mkdir -p "$dir"
export DOCKER_HOST="unix://$dir/docker.sock"
runtimes='{}'
if command -v runsc >/dev/null; then
  uds=--host-uds=open # jobs come over a socket in a bind-mounted folder
  runsc flags 2>&1 | grep -qe ' -host-uds' || uds=--fsgofer-host-uds
  runtimes='{"runsc": {"path": "'"$(command -v runsc)"'", "runtimeArgs": ["--platform=ptrace", "--network=none", "--ignore-cgroups", "'$uds'"]}}'
fi
echo "{\"runtimes\": $runtimes}" >"$dir/daemon.json"
network=()
iptables -L -n >/dev/null 2>&1 || network=(--bridge=none --iptables=false)
setsid dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" -H "$DOCKER_HOST" \
  --pidfile "$dir/docker.pid" "${network[@]}" >"$dir/log" 2>&1 </dev/null &
for _ in $(seq 100); do
  docker info >/dev/null 2>&1 && break
  sleep 0.1
done
docker info >/dev/null 2>&1 || { tail -3 "$dir/log"; impossible "dockerd did not come up"; }
"${PYTHON:-python3}" "$here/sandboxes/image.py"
echo "$DOCKER_HOST"
