package deepflow.demo.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// What one can ask the orders, over gRPC. Messages are records as JSON: gRPC leaves a message's
/// form to its marshaller, and so the build needs no compiler for `.proto` files.
final class OrdersProtocol {
  static final String SERVICE = "shop.Orders";

  /// @param items how many things
  /// @param cents what they cost
  /// @param declined whether the bank says no
  record Order(int items, int cents, boolean declined) {}

  record Placed(long order) {}

  /// @param last how many of the newest orders
  record HistoryRequest(int last) {}

  record History(List<String> orders) {}

  static final MethodDescriptor<Order, Placed> PLACE = unary("Place", Order.class, Placed.class);
  static final MethodDescriptor<HistoryRequest, History> HISTORY =
      unary("History", HistoryRequest.class, History.class);

  private OrdersProtocol() {}

  private static <Q, A> MethodDescriptor<Q, A> unary(
      String method, Class<Q> request, Class<A> answer) {
    return MethodDescriptor.newBuilder(new Json<>(request), new Json<>(answer))
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, method))
        .build();
  }

  private record Json<T>(Class<T> type) implements MethodDescriptor.Marshaller<T> {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public InputStream stream(T value) {
      return new ByteArrayInputStream(JSON.writeValueAsString(value).getBytes(UTF_8));
    }

    @Override
    public T parse(InputStream stream) {
      return JSON.readValue(stream, type);
    }
  }
}
