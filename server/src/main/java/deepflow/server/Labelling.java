package deepflow.server;

import deepflow.server.controller.kubernetes.KubernetesWatch;
import deepflow.server.labeler.Labeler;

/// The labeler and who feeds it.
record Labelling(Labeler labeler, KubernetesWatch kubernetes) implements AutoCloseable {
  @Override
  public void close() {
    kubernetes.close();
    labeler.close();
  }
}
