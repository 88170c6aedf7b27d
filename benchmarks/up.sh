# For benchmarks of the whole product, to be sourced: builds it, starts `./deepflow up` on ports and a data directory of
# its own ($data/up) and stops it when the script ends.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=$(mktemp -d)
pid=
trap '[[ -z "$pid" ]] || kill "$pid" 2>/dev/null || true; wait; rm -rf "$data"' EXIT

"$root/deepflow" build
(cd "$root" && mvn --batch-mode -q -pl benchmarks -am -DskipTests package \
  dependency:build-classpath -Dmdep.outputFile="$data/classpath" -Dmdep.includeScope=runtime) >&2

"$root/deepflow" up --data "$data/up" --agent-port 23086 --otlp-grpc-port 23317 --otlp-http-port 23318 \
  --server-port 23416 --ingest-port 23033 >"$data/up.log" 2>&1 &
pid=$!
for _ in $(seq 300); do
  curl -fs -o /dev/null 127.0.0.1:23416/ready && curl -fs -o /dev/null 127.0.0.1:23086/ready && break
  kill -0 "$pid" 2>/dev/null || { cat "$data/up.log" >&2; exit 1; }
  sleep 0.2
done

# measure CLASS OPTIONS: runs a benchmark against it.
measure() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -cp "$root/benchmarks/target/classes:$(cat "$data/classpath")" \
    "deepflow.benchmarks.$1" --http http://127.0.0.1:23318/v1/traces --server http://127.0.0.1:23416 --pid "$pid" "${@:2}"
}
