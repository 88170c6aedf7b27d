package deepflow.server.controller.kubernetes;

import deepflow.server.labeler.Address;
import deepflow.server.labeler.Known;
import deepflow.server.labeler.KnownCluster;
import deepflow.server.labeler.KnownEndpoints;
import deepflow.server.labeler.KnownIngress;
import deepflow.server.labeler.KnownNode;
import deepflow.server.labeler.KnownObject;
import deepflow.server.labeler.KnownPod;
import deepflow.server.labeler.KnownService;
import deepflow.server.labeler.KnownWorkload;
import deepflow.server.labeler.WorkloadKind;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBackend;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes the labeler's records of Kubernetes' objects. Safe for use by many threads.
final class Translator {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// Longer annotations and variables are left out: they are configuration, no labels.
  private static final int VALUE_CHARS_MAX = 1_024;

  private static final Predicate<String> COLLECTOR =
      Pattern.compile("otelcol|opentelemetry-collector|otel-collector|/alloy([:@]|$)")
          .asPredicate();

  private final Predicate<String> annotations;
  private final Predicate<String> env;
  private final Texts texts = new Texts();

  Translator(KubernetesConfig config) {
    annotations = Patterns.any(config.annotations());
    env = Patterns.any(config.env());
  }

  private KnownObject object(HasMetadata object, long since) {
    ObjectMeta meta = object.getMetadata();
    return new KnownObject(
        texts.of(meta.getUid()),
        texts.of(meta.getNamespace()),
        texts.of(meta.getName()),
        texts.of(meta.getLabels(), _ -> true),
        texts.of(meta.getAnnotations(), annotations),
        since);
  }

  private KnownObject object(HasMetadata object) {
    return object(object, created(object));
  }

  private static long created(HasMetadata object) {
    return nanos(object.getMetadata().getCreationTimestamp(), 0);
  }

  private static long nanos(@Nullable String time, long otherwise) {
    if (time == null) {
      return otherwise;
    }
    try {
      return Instant.parse(time).getEpochSecond() * NANOS_OF_SECOND;
    } catch (DateTimeParseException _) {
      return otherwise;
    }
  }

  /// @param system the namespace `kube-system`
  Known cluster(Namespace system) {
    return new KnownCluster(object(system));
  }

  Known pod(Pod pod) {
    PodStatus status = pod.getStatus();
    boolean hostNetwork = Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    return new KnownPod(
        object(pod, status == null ? created(pod) : nanos(status.getStartTime(), created(pod))),
        owner(pod),
        texts.of(pod.getSpec().getNodeName()),
        hostNetwork,
        status == null ? List.of() : addresses(status),
        pod.getSpec().getContainers().stream()
            .flatMap(container -> container.getPorts().stream())
            .map(port ->
                new KnownPod.Port(
                    texts.of(port.getName()),
                    number(port.getContainerPort()),
                    number(port.getHostPort())))
            .toList(),
        status == null ? List.of() : containers(status),
        env(pod),
        pod.getSpec().getContainers().stream()
            .anyMatch(
                container -> COLLECTOR.test(Objects.requireNonNullElse(container.getImage(), ""))),
        status == null ? Long.MAX_VALUE : finished(status));
  }

  private static List<Address> addresses(PodStatus status) {
    Stream<String> all =
        status.getPodIPs().isEmpty()
            ? Stream.ofNullable(status.getPodIP())
            : status.getPodIPs().stream().map(address -> address.getIp());
    return parsed(all);
  }

  private static List<Address> parsed(Stream<String> texts) {
    return texts.map(Address::parse).filter(Objects::nonNull).distinct().toList();
  }

  private static int number(@Nullable Integer number) {
    return number == null ? 0 : number;
  }

  private static List<ContainerStatus> all(PodStatus status) {
    return Stream.of(
            status.getContainerStatuses(),
            status.getInitContainerStatuses(),
            status.getEphemeralContainerStatuses())
        .flatMap(Collection::stream)
        .toList();
  }

  private static Stream<ContainerStateTerminated> ended(@Nullable ContainerState state) {
    return state == null ? Stream.empty() : Stream.ofNullable(state.getTerminated());
  }

  /// Those that are, and those that crashed: their last spans may be still on the way.
  /// `containerd://ab12…` is `ab12…` to OpenTelemetry.
  private static List<String> containers(PodStatus status) {
    Stream<@Nullable String> crashed =
        all(status).stream()
            .flatMap(container -> ended(container.getLastState()))
            .map(ContainerStateTerminated::getContainerID);
    return Stream.concat(all(status).stream().map(ContainerStatus::getContainerID), crashed)
        .filter(id -> id != null && !id.isEmpty())
        .map(Objects::requireNonNull)
        .distinct()
        .map(id -> id.substring(id.indexOf("//") < 0 ? 0 : id.indexOf("//") + 2))
        .toList();
  }

  /// When the last container of a pod ended that won't run again. A second has begun when it is
  /// written.
  private static long finished(PodStatus status) {
    String phase = Objects.requireNonNullElse(status.getPhase(), "");
    if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
      return Long.MAX_VALUE;
    }
    return all(status).stream()
        .flatMap(container -> ended(container.getState()))
        .mapToLong(ended -> nanos(ended.getFinishedAt(), 0) + NANOS_OF_SECOND)
        .max()
        .orElse(Long.MAX_VALUE);
  }

  private Map<String, String> env(Pod pod) {
    Map<String, String> found = new HashMap<>();
    pod.getSpec().getContainers().stream()
        .flatMap(container -> container.getEnv().stream())
        .filter(variable -> variable.getValue() != null)
        .forEach((EnvVar variable) -> found.putIfAbsent(variable.getName(), variable.getValue()));
    return texts.of(found, env);
  }

  private KnownPod.@Nullable Owner owner(HasMetadata object) {
    for (OwnerReference owner : object.getMetadata().getOwnerReferences()) {
      // A node owns its static pods.
      if (Boolean.TRUE.equals(owner.getController()) && !owner.getKind().equals("Node")) {
        return new KnownPod.Owner(
            WorkloadKind.of(owner.getKind()), texts.of(owner.getName()), texts.of(owner.getUid()));
      }
    }
    return null;
  }

  Known service(Service service) {
    var spec = service.getSpec();
    var balancer = service.getStatus() == null ? null : service.getStatus().getLoadBalancer();
    Stream<String> addresses =
        Stream.of(
                spec.getClusterIPs().isEmpty()
                    ? Stream.ofNullable(spec.getClusterIP())
                    : spec.getClusterIPs().stream(),
                spec.getExternalIPs().stream(),
                balancer == null
                    ? Stream.<String>empty()
                    : balancer.getIngress().stream().map(ingress -> ingress.getIp()))
            .flatMap(Function.identity());
    return new KnownService(
        object(service),
        parsed(addresses.filter(Objects::nonNull)),
        texts.of(spec.getSelector(), _ -> true),
        spec.getPorts().stream().map(this::port).toList());
  }

  private KnownService.Port port(ServicePort port) {
    IntOrString target = port.getTargetPort();
    boolean named = target != null && target.getStrVal() != null;
    int number = target == null || named ? number(port.getPort()) : number(target.getIntVal());
    return new KnownService.Port(
        number(port.getPort()),
        number,
        named ? texts.of(target.getStrVal()) : "",
        number(port.getNodePort()));
  }

  Known node(Node node) {
    var status = node.getStatus();
    var info = status == null ? null : status.getNodeInfo();
    String cloudId = node.getSpec() == null ? null : node.getSpec().getProviderID();
    Stream<@Nullable String> ids =
        Stream.of(
            info == null ? null : info.getMachineID(),
            info == null ? null : info.getSystemUUID(),
            cloudId == null ? null : cloudId.substring(cloudId.lastIndexOf('/') + 1));
    return new KnownNode(
        object(node),
        status == null
            ? List.of()
            : parsed(status.getAddresses().stream().map(address -> address.getAddress())),
        ids.filter(id -> id != null && !id.isEmpty()).map(Objects::requireNonNull).toList(),
        status == null ? "" : address(status, "InternalIP"),
        status == null ? "" : address(status, "Hostname"));
  }

  /// The first one of that type; empty when there is none.
  private static String address(NodeStatus status, String type) {
    return status.getAddresses().stream()
        .filter(address -> type.equals(address.getType()))
        .map(address -> Objects.requireNonNullElse(address.getAddress(), ""))
        .findFirst()
        .orElse("");
  }

  Known workload(HasMetadata workload) {
    return new KnownWorkload(
        object(workload), WorkloadKind.of(workload.getKind()), owner(workload));
  }

  Known ingress(Ingress ingress) {
    Set<String> services = new LinkedHashSet<>();
    var spec = ingress.getSpec();
    add(spec.getDefaultBackend(), services);
    spec.getRules().stream()
        .filter(rule -> rule.getHttp() != null)
        .flatMap(rule -> rule.getHttp().getPaths().stream())
        .forEach(path -> add(path.getBackend(), services));
    return new KnownIngress(object(ingress), services);
  }

  private static void add(@Nullable IngressBackend backend, Set<String> services) {
    if (backend != null && backend.getService() != null) {
      services.add(backend.getService().getName());
    }
  }

  /// Only the addresses that are no pod's.
  Known endpoints(EndpointSlice slice) {
    Stream<String> addresses =
        slice.getEndpoints().stream()
            .filter(endpoint -> endpoint.getTargetRef() == null)
            .flatMap(endpoint -> endpoint.getAddresses().stream());
    Map<String, String> labels = slice.getMetadata().getLabels();
    String service = labels == null ? null : labels.get("kubernetes.io/service-name");
    return new KnownEndpoints(object(slice), texts.of(service), parsed(addresses));
  }

  /// The same text is the same object: thousands of pods share their labels.
  private static final class Texts {
    private static final int TEXTS_MAX = 100_000;
    private final Map<String, String> known = new ConcurrentHashMap<>();

    String of(@Nullable String text) {
      if (text == null) {
        return "";
      }
      if (known.size() > TEXTS_MAX) {
        known.clear();
      }
      return known.computeIfAbsent(text, same -> same);
    }

    Map<String, String> of(@Nullable Map<String, String> pairs, Predicate<String> wanted) {
      Map<String, String> kept = new HashMap<>();
      if (pairs != null) {
        pairs.forEach((key, value) -> {
          if (wanted.test(key) && value != null && value.length() <= VALUE_CHARS_MAX) {
            kept.put(of(key), of(value));
          }
        });
      }
      return kept;
    }
  }
}
