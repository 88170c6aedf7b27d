package deepflow.ctl.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Asks the API server whether the ServiceAccounts may do what the manifests that we ship let them
/// do.
final class AccessChecks {
  private static final JsonMapper JSON = new JsonMapper();

  private final Kubectl kubectl;
  private final Findings findings;

  AccessChecks(Kubectl kubectl, Findings findings) {
    this.kubectl = kubectl;
    this.findings = findings;
  }

  /// `k8sattributes` watches pods.
  void collector(String namespace, JsonNode daemonSet) throws InterruptedException {
    check(namespace, daemonSet, ShippedRole.OF_COLLECTOR, "k8sattributes finds no pod");
  }

  void server(String namespace, JsonNode statefulSet) throws InterruptedException {
    check(namespace, statefulSet, ShippedRole.OF_SERVER, "deepflow-server can't make its tags");
  }

  /// @param workload whose account it is; nothing is asked when it is missing
  private void check(String namespace, JsonNode workload, ShippedRole role, String result)
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
    Kubectl.Answer answer = kubectl.create(questions(user, role));
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
              .formatted(role.manifest()));
    }
  }

  private static ObjectNode questions(String user, ShippedRole role) {
    ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
    var items = list.putArray("items");
    for (ShippedRole.Right right : role.rights()) {
      ObjectNode review = items.addObject();
      review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
      review
          .putObject("spec")
          .put("user", user)
          .putObject("resourceAttributes")
          .put("group", right.group())
          .put("resource", right.resource())
          .put("name", right.name())
          .put("verb", right.verb());
    }
    return list;
  }

  /// `list/watch nodes`, and so on.
  private static List<String> denied(JsonNode answer) {
    Map<String, String> verbs = new LinkedHashMap<>();
    for (JsonNode review : answer) {
      if (!review.path("status").path("allowed").asBoolean(false)) {
        JsonNode asked = review.path("spec").path("resourceAttributes");
        String what = asked.path("resource").asString("") + " " + asked.path("name").asString("");
        verbs.merge(
            what.strip(), asked.path("verb").asString(""), (one, other) -> one + "/" + other);
      }
    }
    return verbs.entrySet().stream().map(what -> what.getValue() + " " + what.getKey()).toList();
  }
}
