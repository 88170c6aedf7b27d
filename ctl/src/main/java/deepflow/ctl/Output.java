package deepflow.ctl;

/// How an answer is shown.
enum Output {
  TABLE,
  JSON,
  YAML
}
