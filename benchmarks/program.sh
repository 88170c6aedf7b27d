# For benchmarks of a program that serves, to be sourced: a directory of its own ($data) and the benchmarks' classes. What
# is started as $pid, and what it needs beside it as $beside, is stopped when the script ends.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=$(mktemp -d)
pid=
beside=
trap 'kill $pid $beside 2>/dev/null || true; wait; rm -rf "$data"' EXIT

(cd "$root" && mvn --batch-mode -q -pl benchmarks -am -DskipTests package \
  dependency:build-classpath -Dmdep.outputFile="$data/classpath" -Dmdep.includeScope=runtime) >&2

# ready URL: waits until $pid answers there; if it ends first, shows its log.
ready() {
  for _ in $(seq 300); do
    curl -fs -o /dev/null "$1" && return
    kill -0 "$pid" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.2
  done
}

# benchmark CLASS OPTIONS: runs it against $pid.
benchmark() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -cp "$root/benchmarks/target/classes:$(cat "$data/classpath")" \
    "deepflow.benchmarks.$1" --pid "$pid" "${@:2}"
}
