package deepflow.ctl.doctor;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Asks the API server whether the ServiceAccounts may read what their programs watch.
final class AccessChecks {
  private static final JsonMapper JSON = new JsonMapper();

  /// What deepflow-server makes its tags of, by API group.
  private static final List<Resource> OF_SERVER =
      List.of(
          new Resource("", "nodes"),
          new Resource("", "replicationcontrollers"),
          new Resource("", "pods"),
          new Resource("", "services"),
          new Resource("discovery.k8s.io", "endpointslices"),
          new Resource("apps", "deployments"),
          new Resource("apps", "statefulsets"),
          new Resource("apps", "daemonsets"),
          new Resource("apps", "replicasets"),
          new Resource("batch", "jobs"),
          new Resource("batch", "cronjobs"),
          new Resource("networking.k8s.io", "ingresses"));

  private record Resource(String group, String name) {}

  private final Kubectl kubectl;
  private final Findings findings;

  AccessChecks(Kubectl kubectl, Findings findings) {
    this.kubectl = kubectl;
    this.findings = findings;
  }

  /// `k8sattributes` watches pods.
  void collector(String namespace, JsonNode daemonSet) throws InterruptedException {
    check(namespace, daemonSet, List.of(new Resource("", "pods")), "k8sattributes finds no pod");
  }

  void server(String namespace, JsonNode statefulSet) throws InterruptedException {
    check(namespace, statefulSet, OF_SERVER, "deepflow-server can't make its tags");
  }

  /// @param workload whose account it is; nothing is asked when it is missing
  private void check(String namespace, JsonNode workload, List<Resource> resources, String result)
      throws InterruptedException {
    if (workload.isMissingNode()) {
      return;
    }
    String account =
        workload
            .path("spec")
            .path("template")
            .path("spec")
            .path("serviceAccountName")
            .asString("default");
    String user = "system:serviceaccount:" + namespace + ":" + account;
    Kubectl.Answer answer = kubectl.create(questions(user, resources));
    if (answer.isError()) {
      findings.add(
          answer.isForbidden() ? Problem.FORBIDDEN : Problem.KUBERNETES_UNREACHABLE,
          user,
          "there is no answer to what that account may: " + answer.error(),
          "give the kubeconfig of an administrator");
      return;
    }
    List<String> denied = denied(answer.json());
    if (!denied.isEmpty()) {
      findings.add(
          Problem.NO_RIGHTS,
          user,
          "the API server answers Forbidden to %s, so %s"
              .formatted(String.join(", ", denied), result),
          "apply the ClusterRole and its ClusterRoleBinding again: kubectl apply -f deploy/kubernetes/%s"
              .formatted(resources.size() == 1 ? "open-telemetry.yaml" : "deepflow.yaml"));
    }
  }

  private static ObjectNode questions(String user, List<Resource> resources) {
    ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
    var items = list.putArray("items");
    for (Resource resource : resources) {
      for (String verb : List.of("list", "watch")) {
        ObjectNode review = items.addObject();
        review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
        ObjectNode spec = review.putObject("spec").put("user", user);
        spec.putObject("resourceAttributes")
            .put("group", resource.group())
            .put("resource", resource.name())
            .put("verb", verb);
      }
    }
    return list;
  }

  private static List<String> denied(JsonNode answer) {
    List<String> denied = new ArrayList<>();
    for (JsonNode review : answer) {
      if (!review.path("status").path("allowed").asBoolean(false)) {
        JsonNode asked = review.path("spec").path("resourceAttributes");
        denied.add(asked.path("verb").asString("") + " " + asked.path("resource").asString(""));
      }
    }
    return denied;
  }
}
