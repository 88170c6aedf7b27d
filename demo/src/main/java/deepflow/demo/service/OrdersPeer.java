package deepflow.demo.service;

import deepflow.demo.service.OrdersProtocol.History;
import deepflow.demo.service.OrdersProtocol.HistoryRequest;
import deepflow.demo.service.OrdersProtocol.Order;
import deepflow.demo.service.OrdersProtocol.Placed;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.TimeUnit;

/// The orders, as the gateway sees them.
final class OrdersPeer {
  private final ManagedChannel channel;

  /// @param address `host:port`
  OrdersPeer(String address) {
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
    channel.getState(true); // connects now, not at the first order
  }

  Placed place(Order order) throws ShopException {
    return call(OrdersProtocol.PLACE, order);
  }

  History history(int last) throws ShopException {
    return call(OrdersProtocol.HISTORY, new HistoryRequest(last));
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) throws ShopException {
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS);
    try {
      return ClientCalls.blockingUnaryCall(channel, method, options, request);
    } catch (StatusRuntimeException e) {
      // The only thing that the orders refuse is an order whose payment the bank declines.
      int status = e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION ? 402 : 502;
      throw new ShopException(status, "orders: " + e.getStatus().getDescription());
    }
  }
}
