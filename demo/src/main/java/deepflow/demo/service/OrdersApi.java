package deepflow.demo.service;

import deepflow.demo.service.OrdersProtocol.History;
import deepflow.demo.service.OrdersProtocol.HistoryRequest;
import deepflow.demo.service.OrdersProtocol.Order;
import deepflow.demo.service.OrdersProtocol.Placed;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.trace.Span;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// The orders' gRPC server.
final class OrdersApi {
  private final Work work;
  private final OrdersDatabase database;
  private final OrdersQueue queue;
  private final CompletableFuture<HttpPeer> inventory;

  OrdersApi(
      Work work,
      OrdersDatabase database,
      OrdersQueue queue,
      CompletableFuture<HttpPeer> inventory) {
    this.work = work;
    this.database = database;
    this.queue = queue;
    this.inventory = inventory;
  }

  /// Starts to take calls.
  ///
  /// @return `host:port`
  String start() throws IOException {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(OrdersProtocol.SERVICE)
            .addMethod(OrdersProtocol.PLACE, unary(this::place))
            .addMethod(OrdersProtocol.HISTORY, unary(this::history))
            .build();
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Server server = NettyServerBuilder.forAddress(anyPort).addService(service).build().start();
    return "127.0.0.1:" + server.getPort();
  }

  private Placed place(Order order) throws ShopException, SQLException, JMSException {
    work.run("authorise payment", Duration.ofMillis(10));
    if (order.declined()) {
      throw new ShopException(402, "the bank declines the payment");
    }
    inventory.join().get("/reserve?items=" + order.items());
    database.offers(work.oneByOne());
    long id = database.insert(order);
    queue.publish(id, order.items());
    return new Placed(id);
  }

  private History history(HistoryRequest request) throws ShopException, SQLException {
    work.run("check account", Duration.ofMillis(4));
    database.offers(work.oneByOne());
    return new History(database.newest(request.last()));
  }

  /// One of the service's methods.
  private interface Method<Q, A> {
    A answer(Q request) throws ShopException, SQLException, JMSException;
  }

  private static <Q, A> ServerCallHandler<Q, A> unary(Method<Q, A> method) {
    return ServerCalls.asyncUnaryCall((request, answer) -> call(method, request, answer));
  }

  private static <Q, A> void call(Method<Q, A> method, Q request, StreamObserver<A> answer) {
    try {
      answer.onNext(method.answer(request));
      answer.onCompleted();
    } catch (ShopException e) {
      Status status = e.status() < 500 ? Status.FAILED_PRECONDITION : Status.INTERNAL;
      fail(status, e, answer);
    } catch (SQLException | JMSException | RuntimeException e) {
      fail(Status.INTERNAL, e, answer);
    }
  }

  private static void fail(Status status, Exception failure, StreamObserver<?> answer) {
    if (status.getCode() == Status.Code.INTERNAL) {
      Work.failed(Span.current(), failure);
    }
    answer.onError(
        status.withDescription(String.valueOf(failure.getMessage())).asRuntimeException());
  }
}
