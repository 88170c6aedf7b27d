package deepflow.agent;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The servers' side, as an agent sees it.
///
/// @param servers `host:port` of the ingest of one store's servers, in no order
/// @param controller where OpAMP's messages go; null for nowhere
public record Upstream(List<String> servers, @Nullable URI controller) {
  public Upstream {
    servers = List.copyOf(servers);
  }
}
