// OpAMP's supervisor. A module of its own, because the supervisor's replaces its siblings by folders that only its
// repository has; here it gets their releases.
module deepflow.acceptance/supervisor

go 1.25.0

require github.com/open-telemetry/opentelemetry-collector-contrib/cmd/opampsupervisor v0.158.0
