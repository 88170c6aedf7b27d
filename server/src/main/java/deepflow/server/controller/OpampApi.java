package deepflow.server.controller;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketFrameType;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.http.Answers;
import deepflow.server.http.Routes;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ServerToAgent;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// OpAMP on `/v1/opamp`: over HTTP (POST of one message, gzip if the agent likes) and over
/// WebSocket. Agents of ours come by HTTP; stock collectors and their supervisors by either.
///
/// Browsers, which always send an Origin, are turned away: they may open WebSockets to any site.
public final class OpampApi {
  private static final Logger LOG = LoggerFactory.getLogger(OpampApi.class);
  private static final MediaType PROTOBUF = MediaType.parse("application/x-protobuf");
  private static final int MESSAGE_BYTES_MAX = 1 << 20;
  private static final Duration RETRY = Duration.ofSeconds(30);

  private final Controller controller;

  /// Has agents speak to that controller.
  public OpampApi(Controller controller) {
    this.controller = controller;
  }

  /// Says what is served where.
  public void publish(Routes routes) {
    routes.stream(
        "/v1/opamp",
        WebSocketService.builder(this::open)
            .maxFramePayloadLength(MESSAGE_BYTES_MAX)
            .aggregateContinuation(true)
            .allowedOrigins("*") // none is what agents send, and what Armeria would not allow
            .fallbackService(this::post)
            .build()
            .decorate((delegate, context, request) ->
                request.headers().contains(HttpHeaderNames.ORIGIN)
                    ? Answers.error(HttpStatus.FORBIDDEN, "OpAMP is for agents, not for pages", "")
                    : delegate.serve(context, request)));
  }

  private HttpResponse post(ServiceRequestContext context, HttpRequest request) {
    if (request.method() != HttpMethod.POST) {
      return Answers.error(
          HttpStatus.METHOD_NOT_ALLOWED, "takes OpAMP by POST or as a WebSocket only", "");
    }
    Executor executor = context.blockingTaskExecutor();
    String address = address(context);
    return HttpResponse.of(
        request
            .aggregate()
            .thenApplyAsync(
                whole -> answer(whole.headers(), whole.content().array(), address), executor));
  }

  private HttpResponse answer(RequestHeaders headers, byte[] body, String address) {
    if (!PROTOBUF.is(contentType(headers))) {
      return Answers.error(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE, "OpAMP's messages are application/x-protobuf", "");
    }
    try {
      byte[] message = decoded(headers, body);
      return HttpResponse.of(
          HttpStatus.OK, PROTOBUF, HttpData.wrap(answer(AgentToServer.decode(message), address)));
    } catch (IOException | MalformedProtobufException e) {
      return Answers.error(
          HttpStatus.BAD_REQUEST, "not an AgentToServer message: " + e.getMessage(), "");
    }
  }

  private static MediaType contentType(RequestHeaders headers) {
    MediaType type = headers.contentType();
    return type == null ? MediaType.OCTET_STREAM : type;
  }

  private static byte[] decoded(RequestHeaders headers, byte[] body) throws IOException {
    if (!headers.get(HttpHeaderNames.CONTENT_ENCODING, "").equals("gzip")) {
      return body;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] message = in.readNBytes(MESSAGE_BYTES_MAX + 1);
      if (message.length > MESSAGE_BYTES_MAX) {
        throw new IOException("larger than %s bytes".formatted(MESSAGE_BYTES_MAX));
      }
      return message;
    }
  }

  private byte[] answer(AgentToServer message, String address) {
    try {
      return controller.receive(message, address).encode();
    } catch (ClickHouseException e) {
      return notRegistered(message, e).encode();
    }
  }

  private static ServerToAgent notRegistered(AgentToServer message, ClickHouseException e) {
    LOG.warn("agent {} could not be registered: {}", message.instanceUid(), e.getMessage());
    return ServerToAgent.failed(
        message.instanceUid(),
        new ServerToAgent.Failure("the store doesn't take the registration now", RETRY));
  }

  private static String address(ServiceRequestContext context) {
    InetAddress address = context.remoteAddress().getAddress();
    return address == null ? "" : address.getHostAddress();
  }

  private WebSocket open(ServiceRequestContext context, WebSocket in) {
    WebSocketWriter out = WebSocket.streaming();
    in.subscribe(new Conversation(out, context.blockingTaskExecutor(), address(context)));
    return out;
  }

  /// An agent's WebSocket: its messages one after the other.
  private final class Conversation implements Subscriber<WebSocketFrame>, Controller.Channel {
    private final WebSocketWriter out;
    private final Executor executor;
    private final String address;
    private @Nullable Subscription subscription;
    private volatile String uid = "";

    Conversation(WebSocketWriter out, Executor executor, String address) {
      this.out = out;
      this.executor = executor;
      this.address = address;
    }

    @Override
    public void onSubscribe(Subscription newSubscription) {
      subscription = newSubscription;
      newSubscription.request(1);
    }

    @Override
    public void onNext(WebSocketFrame frame) {
      try (frame) {
        if (frame.type() == WebSocketFrameType.BINARY) {
          byte[] bytes = frame.array();
          executor.execute(() -> take(bytes));
          return;
        }
        if (frame.type() == WebSocketFrameType.TEXT) {
          out.close(WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "OpAMP's messages are binary");
        }
      }
      more();
    }

    private void more() {
      if (subscription != null) {
        subscription.request(1);
      }
    }

    private void take(byte[] bytes) {
      try {
        int header = bytes.length > 0 && bytes[0] == 0 ? 1 : 0;
        take(AgentToServer.decode(Arrays.copyOfRange(bytes, header, bytes.length)));
        more();
      } catch (MalformedProtobufException e) {
        out.close(WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "not an AgentToServer message");
      } catch (RuntimeException bug) {
        LOG.error("a message of agent {} could not be taken", uid, bug);
        out.close(bug);
      }
    }

    private void take(AgentToServer message) {
      uid = message.instanceUid();
      try {
        controller.receive(message, address, this);
      } catch (ClickHouseException e) {
        send(notRegistered(message, e));
      }
    }

    @Override
    public void send(ServerToAgent message) {
      byte[] encoded = message.encode();
      byte[] framed = new byte[encoded.length + 1]; // the header is a zero byte
      System.arraycopy(encoded, 0, framed, 1, encoded.length);
      boolean open = out.tryWrite(framed);
      LOG.trace("message for {} sent: {}", uid, open);
    }

    @Override
    public void onError(Throwable failure) {
      LOG.debug("the connection of agent {} broke", uid, failure);
      end();
    }

    @Override
    public void onComplete() {
      end();
    }

    private void end() {
      out.close();
      controller.closed(uid, this);
    }
  }
}
