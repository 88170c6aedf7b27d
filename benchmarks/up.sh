# For benchmarks of the whole product, to be sourced: builds it and starts `./deepflow up` on ports and a data directory of
# its own ($data/up).
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

"$root/deepflow" build
"$root/deepflow" up --data "$data/up" --agent-port 23086 --otlp-grpc-port 23317 --otlp-http-port 23318 \
  --server-port 23416 --ingest-port 23033 >"$data/log" 2>&1 &
pid=$!
ready 127.0.0.1:23416/ready
ready 127.0.0.1:23086/ready

# measure CLASS OPTIONS: runs a benchmark against it.
measure() {
  benchmark "$1" --http http://127.0.0.1:23318/v1/traces --server http://127.0.0.1:23416 "${@:2}"
}
