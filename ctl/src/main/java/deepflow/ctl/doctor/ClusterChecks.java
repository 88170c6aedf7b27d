package deepflow.ctl.doctor;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// Looks at what is deployed in a cluster: the objects of the collector and of DeepFlow.
final class ClusterChecks {
  private static final String INSTALL_COLLECTOR =
      "kubectl apply -n open-telemetry -f deploy/kubernetes/open-telemetry.yaml";
  private static final String INSTALL_DEEPFLOW = "kubectl apply -f deploy/kubernetes/deepflow.yaml";

  private final Kubectl kubectl;
  private final String collectors;
  private final String deepflow;
  private final Findings findings;

  /// @param collectors namespace of otel-agent
  /// @param deepflow namespace of deepflow-agent
  ClusterChecks(Kubectl kubectl, String collectors, String deepflow, Findings findings) {
    this.kubectl = kubectl;
    this.collectors = collectors;
    this.deepflow = deepflow;
    this.findings = findings;
  }

  /// Adds what is wrong.
  void run() throws InterruptedException {
    Kubectl.Answer version = kubectl.version();
    if (version.isError()) {
      findings.add(
          Problem.KUBERNETES_UNREACHABLE,
          "Kubernetes",
          version.error(),
          "install kubectl, and give a kubeconfig that it can log in with: kubectl --kubeconfig=FILE version");
      return;
    }
    findings.examined(
        "Kubernetes " + version.json().path("serverVersion").path("gitVersion").asString(""));
    configurations();
    JsonNode collector = object(collectors, "service", "otel-agent", INSTALL_COLLECTOR);
    isLocal(collectors, collector);
    JsonNode agent = object(deepflow, "service", "deepflow-agent", INSTALL_DEEPFLOW);
    isLocal(deepflow, agent);
    ports(agent);
    JsonNode collectorPods = object(collectors, "daemonset", "otel-agent", INSTALL_COLLECTOR);
    isReady(collectors, collectorPods);
    isReady(deepflow, object(deepflow, "daemonset", "deepflow-agent", INSTALL_DEEPFLOW));
    JsonNode server = object(deepflow, "statefulset", "deepflow-server", INSTALL_DEEPFLOW);
    AccessChecks access = new AccessChecks(kubectl, findings);
    access.collector(collectors, collectorPods);
    access.server(deepflow, server);
  }

  private void configurations() throws InterruptedException {
    JsonNode config = object(collectors, "configmap", "otel-agent-conf", INSTALL_COLLECTOR);
    if (!config.isMissingNode()) {
      CollectorFile.read("ConfigMap " + collectors, config.toString(), findings)
          .forEach(one -> CollectorChecks.check(one, findings));
    }
  }

  /// An object; missing when it isn't there, which is then a finding.
  private JsonNode object(String namespace, String kind, String name, String install)
      throws InterruptedException {
    Kubectl.Answer answer = kubectl.get(namespace, kind, name);
    String where = kind + " " + namespace + "/" + name;
    if (answer.isNotFound()) {
      findings.add(Problem.MISSING_OBJECT, where, "it isn't there", install);
    } else if (answer.isForbidden()) {
      findings.add(
          Problem.FORBIDDEN,
          where,
          "this kubeconfig may not look at it: " + answer.error(),
          "give the kubeconfig of somebody who may");
    } else if (answer.isError()) {
      findings.add(
          Problem.KUBERNETES_UNREACHABLE,
          where,
          answer.error(),
          "look at the API server, and try again");
    }
    return answer.json();
  }

  private void isLocal(String namespace, JsonNode service) {
    String policy = service.path("spec").path("internalTrafficPolicy").asString("Cluster");
    String name = service.path("metadata").path("name").asString("");
    if (!service.isMissingNode() && !policy.equals("Local")) {
      findings.add(
          Problem.SERVICE_NOT_LOCAL,
          "service " + namespace + "/" + name,
          "spans go to any node's %s, over the network and maybe under an address that isn't the sender's"
              .formatted(name),
          "kubectl patch service -n %s %s -p '{\"spec\":{\"internalTrafficPolicy\":\"Local\"}}'"
              .formatted(namespace, name));
    }
  }

  private void ports(JsonNode service) {
    if (service.isMissingNode()) {
      return;
    }
    for (JsonNode port : service.path("spec").path("ports")) {
      String target = port.path("targetPort").asString("");
      if (port.path("port").asInt(0) == 80 && List.of("receive", "38086").contains(target)) {
        return;
      }
    }
    findings.add(
        Problem.WRONG_SERVICE_PORT,
        "service " + deepflow + "/deepflow-agent",
        "its port 80 doesn't lead to the agent's 38086, where traces_endpoint sends",
        INSTALL_DEEPFLOW);
  }

  private void isReady(String namespace, JsonNode daemonSet) {
    if (daemonSet.isMissingNode()) {
      return;
    }
    int wanted = daemonSet.path("status").path("desiredNumberScheduled").asInt(0);
    int ready = daemonSet.path("status").path("numberReady").asInt(0);
    String name = daemonSet.path("metadata").path("name").asString("");
    if (ready < wanted || wanted == 0) {
      findings.add(
          Problem.PODS_NOT_READY,
          "daemonset " + namespace + "/" + name,
          "%s of %s pods are ready; spans of the other nodes go nowhere".formatted(ready, wanted),
          "kubectl describe pods -n %s -l %s".formatted(namespace, selector(daemonSet)));
    }
  }

  private static String selector(JsonNode daemonSet) {
    return String.join(
        ",",
        daemonSet.path("spec").path("selector").path("matchLabels").properties().stream()
            .map(label -> label.getKey() + "=" + label.getValue().asString(""))
            .toList());
  }
}
