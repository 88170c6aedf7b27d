package deepflow.demo.service;

import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;

/// The queue of orders to be packed: an ActiveMQ broker in this process. Orders are put into it by
/// JMS and taken from it by AMQP.
final class OrdersQueue {
  private static final String BROKER = "shop";
  private static final String QUEUE = "fulfilment";
  private static final long BYTES_MAX = 16 << 20;

  /// What nobody has packed by then is dropped: without fulfilment the queue would grow.
  private static final Duration LIFE = Duration.ofMinutes(1);

  private final RandomGenerator random;
  private final BrokerService broker = new BrokerService();
  private final String address;
  private final Session session;
  private final MessageProducer producer;

  /// @throws Exception as ActiveMQ's broker says it: of any kind
  OrdersQueue(RandomGenerator random) throws Exception {
    this.random = random;
    broker.setBrokerName(BROKER);
    broker.setPersistent(false);
    broker.setUseJmx(false);
    broker.setUseShutdownHook(false);
    broker.setSchedulerSupport(false);
    broker.getSystemUsage().getMemoryUsage().setLimit(BYTES_MAX);
    var amqp = broker.addConnector("amqp://127.0.0.1:0");
    broker.start();
    broker.waitUntilStarted();
    address = "127.0.0.1:" + amqp.getConnectUri().getPort();
    Connection connection =
        new ActiveMQConnectionFactory("vm://" + BROKER + "?create=false").createConnection();
    connection.start();
    session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    producer = session.createProducer(session.createQueue(QUEUE));
    producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
    producer.setTimeToLive(LIFE.toMillis());
  }

  /// Where the broker speaks AMQP 1.0, `host:port`.
  String address() {
    return address;
  }

  /// Puts an order into the queue. A JMS session is for one thread at a time.
  synchronized void publish(long order, int items) throws JMSException {
    int sku = random.nextInt(InventoryDatabase.SKUS);
    String text = "{\"order\":" + order + ",\"items\":" + items + ",\"sku\":" + sku + "}";
    producer.send(session.createTextMessage(text));
  }
}
