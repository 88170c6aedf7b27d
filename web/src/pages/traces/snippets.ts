/** The agent takes traces only: an SDK left to its defaults would send metrics and logs too, in vain. */
const TRACES_ONLY = ["OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none"];

export function javaLines(address: string): readonly string[] {
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${address} \\`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\",
    ...TRACES_ONLY.map((setting) => `${setting} \\`),
    "OTEL_SERVICE_NAME=my-service \\",
    "java -javaagent:opentelemetry-javaagent.jar \\",
    "  -jar my-service.jar",
  ];
}

export function sdkLines(address: string): readonly string[] {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${address}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...TRACES_ONLY.map((setting) => `export ${setting}`),
    "export OTEL_SERVICE_NAME=my-service",
  ];
}

export function collectorLines(address: string): readonly string[] {
  return [
    "exporters:",
    "  otlphttp:",
    `    traces_endpoint: ${address}/api/v1/otel/trace`,
    "    tls:",
    "      insecure: true",
    "    retry_on_failure:",
    "      enabled: true",
    "service:",
    "  pipelines:",
    "    traces:",
    "      exporters: [otlphttp]",
  ];
}
