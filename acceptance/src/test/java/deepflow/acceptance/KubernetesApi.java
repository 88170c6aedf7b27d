package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// A real Kubernetes API server with its etcd on loopback, with RBAC, for as long as a test needs
/// it.
///
/// There is no node and no controller: objects are what the test makes them, so a pod's status is
/// patched by [#status], nothing makes ReplicaSets of Deployments or EndpointSlices of Services. A
/// pod's address may be one of 127.0.0.0/8: a process that binds its source address to it is then
/// that pod for whoever looks at connections.
///
/// A test skips itself, and the run says why, where the programs can't be had.
final class KubernetesApi implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ADMIN_TOKEN = "admin-of-the-test";

  private final Path folder;
  private final String name;
  private final int etcdPort = Ports.free();
  private final int port = Ports.free();
  private final RunningProcess etcd;
  private RunningProcess server;
  private KubernetesHttp http;

  private KubernetesApi(Path folder, String name) throws Exception {
    this.folder = folder;
    this.name = name;
    writeFiles();
    etcd = startEtcd();
    try {
      server = startServer();
      http = awaitReady(server);
    } catch (Exception | AssertionError e) {
      etcd.close();
      throw e;
    }
  }

  /// Starts both and waits until the API server is ready: 5 s or so, 350 MiB.
  ///
  /// @param folder of its own, in which everything lies
  static KubernetesApi start(Path folder) throws Exception {
    return start(folder, "test");
  }

  /// The same.
  ///
  /// @param name what its kubeconfigs call the cluster
  static KubernetesApi start(Path folder, String name) throws Exception {
    RealParts.kubernetes("kube-apiserver");
    return new KubernetesApi(folder, name);
  }

  /// `https://127.0.0.1:PORT`
  URI url() {
    return URI.create("https://127.0.0.1:" + port);
  }

  /// A kubeconfig of somebody who may do everything.
  Path kubeconfig() throws IOException {
    return kubeconfig("admin", ADMIN_TOKEN);
  }

  /// A kubeconfig of whoever the token belongs to.
  ///
  /// @param user names the file, too
  Path kubeconfig(String user, String token) throws IOException {
    return kubeconfig(user, token, url());
  }

  /// A kubeconfig of the admin who reaches the API server by a wire.
  Path kubeconfigBy(SlowLink link) throws IOException {
    return kubeconfig("link", ADMIN_TOKEN, URI.create("https://127.0.0.1:" + digits(link.port())));
  }

  private Path kubeconfig(String user, String token, URI server) throws IOException {
    Path file = folder.resolve(user + ".kubeconfig");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: %s, cluster: {server: "%s", certificate-authority: "%s"}}]
        users: [{name: %s, user: {token: "%s"}}]
        contexts: [{name: test, context: {cluster: %s, user: %s}}]
        current-context: test
        """
            .formatted(name, server, certificate(), user, token, name, user));
    return file;
  }

  /// A kubeconfig of a ServiceAccount, with a token as a pod gets it.
  Path kubeconfigOf(String namespace, String serviceAccount) throws Exception {
    return kubeconfig(
        serviceAccount, kubectl("create", "token", "-n", namespace, serviceAccount).ok().strip());
  }

  /// The API server's certificate and its authority's, in PEM.
  Path certificate() {
    return folder.resolve("certificates/apiserver.crt");
  }

  /// `kubectl` as the admin.
  Ran kubectl(String... arguments) throws Exception {
    return kubectlAs(kubeconfig(), "", arguments);
  }

  /// `kubectl apply` of a manifest.
  Ran apply(String manifest) throws Exception {
    return kubectlAs(kubeconfig(), manifest, "apply", "-f", "-");
  }

  /// Sets an object's status, which its controller or kubelet would do.
  ///
  /// @param object such as `pod/cart-1`, or a workload such as `daemonset/log`
  /// @param status JSON
  void status(String namespace, String object, String status) throws Exception {
    merge(namespace, object + "/status", "{\"status\":" + status + "}");
  }

  /// Changes what the JSON has, at once: `kubectl` asks a dozen questions before.
  ///
  /// @param object such as `pod/cart-1`, or a workload such as `daemonset/log`
  void merge(String namespace, String object, String json) throws Exception {
    http.merge(path(namespace, object), json);
  }

  /// Makes a pod, at once.
  void createPod(String namespace, String json) throws Exception {
    http.create("/api/v1/namespaces/" + namespace + "/pods", json);
  }

  String uid(String namespace, String object) throws Exception {
    return http.uid(path(namespace, object));
  }

  private static String path(String namespace, String object) {
    String group = object.startsWith("pod/") ? "/api/v1" : "/apis/apps/v1";
    return group + "/namespaces/" + namespace + "/" + object.replaceFirst("/", "s/");
  }

  /// `kubectl` as whoever the kubeconfig says.
  ///
  /// @param input on its standard input
  Ran kubectlAs(Path kubeconfig, String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(RealParts.kubernetes("kubectl").toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    return Ran.of(folder, command, input);
  }

  /// Its HTTP API as the admin has it: `kubectl` takes a second of a processor for each object.
  KubernetesHttp http() throws Exception {
    return new KubernetesHttp(url(), certificate(), ADMIN_TOKEN);
  }

  /// Makes etcd forget all that was before now.
  void compact() throws Exception {
    String version;
    try (KubernetesHttp http = http()) {
      version = http.version();
    }
    String body = "{\"revision\": %s, \"physical\": true}".formatted(version);
    URI uri = URI.create("http://127.0.0.1:%s/v3/kv/compaction".formatted(digits(etcdPort)));
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private static String digits(int port) {
    return Integer.toString(port);
  }

  /// Stops the API server as an upgrade does; etcd goes on.
  void stopServer() throws Exception {
    server.terminate(PATIENCE);
  }

  /// kill -9 of the API server; etcd goes on.
  void killServer() throws Exception {
    server.kill();
  }

  /// Starts the API server again: same port, same certificate, same objects.
  void restartServer() throws Exception {
    http.close();
    server = startServer();
    http = awaitReady(server);
  }

  /// The API server as a process, to stop and go on with signals.
  RunningProcess server() {
    return server;
  }

  @Override
  public void close() {
    http.close();
    server.close();
    etcd.close();
  }

  private void writeFiles() throws IOException {
    Files.writeString(
        folder.resolve("tokens.csv"), ADMIN_TOKEN + ",admin,admin,\"system:masters\"\n");
    try {
      KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
      keys.initialize(2048);
      byte[] key = keys.generateKeyPair().getPrivate().getEncoded();
      Files.writeString(
          folder.resolve("service-accounts.key"),
          "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
              .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private RunningProcess startEtcd() throws Exception {
    String client = "http://127.0.0.1:" + etcdPort;
    String peer = "http://127.0.0.1:" + Ports.free();
    RunningProcess process =
        RunningProcess.start(
            "etcd",
            List.of(
                RealParts.kubernetes("etcd").toString(),
                "--unsafe-no-fsync",
                "--data-dir=" + folder.resolve("etcd"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer),
            // Objects by the ten thousand are in there three times, and near the limit it does
            // nothing
            // but look for garbage.
            Map.of("GOMEMLIMIT", "1536MiB"));
    return ready(process, () -> URI.create(client + "/health").toURL().openStream().close());
  }

  private RunningProcess startServer() throws Exception {
    String key = folder.resolve("service-accounts.key").toString();
    return RunningProcess.start(
        "kube-apiserver",
        List.of(
            RealParts.kubernetes("kube-apiserver").toString(),
            "--etcd-servers=http://127.0.0.1:" + etcdPort,
            "--secure-port=" + port,
            "--bind-address=127.0.0.1",
            "--cert-dir=" + folder.resolve("certificates"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + key,
            "--service-account-signing-key-file=" + key,
            "--token-auth-file=" + folder.resolve("tokens.csv"),
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            // Nobody makes the accounts that it would ask for.
            "--disable-admission-plugins=ServiceAccount"),
        // Objects by the ten thousand are in there three times, and near the limit it does
        // nothing
        // but look for garbage.
        Map.of("GOMEMLIMIT", "1536MiB"));
  }

  /// Waits until the API server says that it is ready.
  private KubernetesHttp awaitReady(RunningProcess started) throws Exception {
    ready(started, () -> assertThat(Files.size(certificate())).isPositive());
    KubernetesHttp api = http();
    ready(started, () -> api.get("/readyz"));
    return api;
  }

  private static RunningProcess ready(RunningProcess process, Patience.Assertion isReady)
      throws Exception {
    try {
      process.awaitReady(PATIENCE, isReady);
      return process;
    } catch (Exception | AssertionError e) {
      process.close();
      throw e;
    }
  }
}
