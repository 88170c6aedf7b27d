package deepflow.server.controller;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.http.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// Domains: the Kubernetes clusters that resources of stored spans name, on DeepFlow's path `GET
/// /v2/domains/`. DATA: `[{"NAME","TYPE","TYPE_NAME","STATE","ENABLED","SYNCED_AT"}]`; SYNCED_AT is
/// the last day on which one was named.
public final class DomainsApi {
  /// DeepFlow's number of a Kubernetes cluster.
  private static final int KUBERNETES = 11;

  private static final int DOMAINS_MAX = 1000;

  private final ClickHouse clickHouse;

  /// Publishes what a store knows.
  public DomainsApi(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  private record Domain(String name, String day) {}

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.get("/v2/domains/", ControllerApi.serve(this::list));
  }

  private Consumer<JsonGenerator> list(ServiceRequestContext context, AggregatedHttpRequest request)
      throws ClickHouseException {
    String name = context.queryParams().get("name", "");
    List<Domain> domains = domains();
    return json -> {
      json.writeStartArray();
      for (Domain domain : domains) {
        if (name.isEmpty() || domain.name().equals(name)) {
          write(json, domain);
        }
      }
      json.writeEndArray();
    };
  }

  private static void write(JsonGenerator json, Domain domain) {
    json.writeStartObject();
    json.writeStringProperty("NAME", domain.name());
    json.writeNumberProperty("TYPE", KUBERNETES);
    json.writeStringProperty("TYPE_NAME", "kubernetes");
    json.writeNumberProperty("STATE", 1);
    json.writeNumberProperty("ENABLED", 1);
    json.writeStringProperty("SYNCED_AT", domain.day());
    json.writeEndObject();
  }

  private List<Domain> domains() throws ClickHouseException {
    List<Domain> domains = new ArrayList<>();
    Query query =
        Query.of(
                "SELECT pod_cluster, toString(max(day)) FROM deepflow.labels WHERE pod_cluster != ''"
                    + " GROUP BY pod_cluster ORDER BY pod_cluster LIMIT {limit:UInt32}")
            .with("limit", DOMAINS_MAX);
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        domains.add(new Domain(rows.getString(0), rows.getString(1)));
      }
    }
    return domains;
  }
}
