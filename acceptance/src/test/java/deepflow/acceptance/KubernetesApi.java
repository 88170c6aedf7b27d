package deepflow.acceptance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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

  /// What a `kubectl` or another client has answered.
  record Ran(int code, String out, String err) {
    /// The standard output of a command that must succeed.
    String ok() {
      if (code != 0) {
        throw new AssertionError("ended with " + code + ": " + err + out);
      }
      return out;
    }
  }

  private final Path folder;
  private final int etcdPort = Ports.free();
  private final int port = Ports.free();
  private final RunningProcess etcd;
  private RunningProcess server;

  private KubernetesApi(Path folder) throws Exception {
    this.folder = folder;
    writeFiles();
    etcd = startEtcd();
    try {
      server = startServer();
    } catch (Exception | AssertionError e) {
      etcd.close();
      throw e;
    }
  }

  /// Starts both and waits until the API server is ready: 5 s or so, 350 MiB.
  ///
  /// @param folder of its own, in which everything lies
  static KubernetesApi start(Path folder) throws Exception {
    RealParts.kubernetes("kube-apiserver");
    return new KubernetesApi(folder);
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
  /// @param name of the file, and of its user
  Path kubeconfig(String name, String token) throws IOException {
    Path file = folder.resolve(name + ".kubeconfig");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: test, cluster: {server: "%s", certificate-authority: "%s"}}]
        users: [{name: %s, user: {token: "%s"}}]
        contexts: [{name: test, context: {cluster: test, user: %s}}]
        current-context: test
        """
            .formatted(url(), certificate(), name, token, name));
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
  /// @param object such as `pod/cart-1`
  /// @param status JSON
  void status(String namespace, String object, String status) throws Exception {
    kubectl(
            "patch",
            "-n",
            namespace,
            object,
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":" + status + "}")
        .ok();
  }

  /// `kubectl` as whoever the kubeconfig says.
  ///
  /// @param input on its standard input
  Ran kubectlAs(Path kubeconfig, String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(RealParts.kubernetes("kubectl").toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    return run(command, input);
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
    server = startServer();
  }

  /// The API server as a process, to stop and go on with signals.
  RunningProcess server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
    etcd.close();
  }

  private Ran run(List<String> command, String input) throws Exception {
    Path files = Files.createTempDirectory(folder, "run");
    Path in = Files.writeString(files.resolve("in"), input);
    Path out = files.resolve("out");
    Path err = files.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HOME", folder.toString());
    Process process = builder.start();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + command);
    }
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
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
            Map.of("GOMEMLIMIT", "200MiB"));
    return ready(process, () -> URI.create(client + "/health").toURL().openStream().close());
  }

  private RunningProcess startServer() throws Exception {
    String key = folder.resolve("service-accounts.key").toString();
    RunningProcess process =
        RunningProcess.start(
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
            Map.of("GOMEMLIMIT", "400MiB"));
    return ready(process, () -> kubectl("get", "--raw", "/readyz").ok());
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
