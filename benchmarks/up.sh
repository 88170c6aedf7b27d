# For benchmarks of the whole product, to be sourced: builds it and starts `./deepflow up` on ports and a data directory of
# its own ($data/up). With APART=1 in the environment agent and server are two processes, and $pid is the server's.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

of_server=(--server-port 23416 --ingest-port 23033)
of_agent=(--agent-port 23086 --otlp-grpc-port 23317 --otlp-http-port 23318)

"$root/deepflow" build
if [[ -n "${APART:-}" ]]; then
  "$root/deepflow" agent --data "$data/up/agent" "${of_agent[@]}" --server 127.0.0.1:23033 \
    --controller http://127.0.0.1:23416 >"$data/agent.log" 2>&1 &
  beside=$!
  "$root/deepflow" server --data "$data/up/server" "${of_server[@]}" >"$data/log" 2>&1 &
else
  "$root/deepflow" up --data "$data/up" "${of_agent[@]}" "${of_server[@]}" >"$data/log" 2>&1 &
fi
pid=$!
ready 127.0.0.1:23416/ready
ready 127.0.0.1:23086/ready

# measure CLASS OPTIONS: runs a benchmark against it.
measure() {
  benchmark "$1" --http http://127.0.0.1:23318/v1/traces --server http://127.0.0.1:23416 "${@:2}"
}
