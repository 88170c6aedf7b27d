package deepflow.server;

import deepflow.clickhouse.RemoteClickHouseConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A ClickHouse of the operator's own that keeps the store, as it was set.
///
/// @param url of its HTTP interface
/// @param password empty for none; never shown
/// @param passwordFile whose first line is the password instead
public record StoreElsewhere(
    String url, String user, String password, @Nullable Path passwordFile) {

  /// How it is reached.
  ///
  /// @throws ServerStartException when that can't be; the message names the setting
  RemoteClickHouseConfig config() throws ServerStartException {
    try {
      return RemoteClickHouseConfig.at(new URI(url), user, secret());
    } catch (URISyntaxException e) {
      throw new ServerStartException(
          "--clickhouse is no address; write http://HOST:8123 or https://HOST:8443", e);
    } catch (IllegalArgumentException e) {
      throw new ServerStartException(
          "can't use --clickhouse, --clickhouse-user and --clickhouse-password: " + e.getMessage(),
          e);
    }
  }

  private String secret() throws ServerStartException {
    Path file = passwordFile;
    if (file == null) {
      return password;
    }
    try {
      return Files.readString(file).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw new ServerStartException(
          "can't read --clickhouse-password-file %s (%s)".formatted(file, e), e);
    }
  }

  /// Without the password.
  @Override
  public String toString() {
    return "%s as %s".formatted(url, user);
  }
}
