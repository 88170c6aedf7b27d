package deepflow.server.storage;

import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.LowCardinalityColumn;

/// Reads what [RedBlock] takes from a span out of a row of table `spans`: the same, so that the
/// figures of a block are the same whether they are made with it or afterwards. For the rows of one
/// block of figures.
final class RedRow {
  /// What a query selects.
  static final String COLUMNS =
      "agent, start_time, duration, service, name, kind, status_code, response_status, l7_protocol,"
          + " protocol, is_ipv4, server_port, ip_0, ip_1, peer_type, peer, label_id, peer_label_id";

  /// How many these are.
  static final int WIDTH = 18;

  private final RedSpan span = new RedSpan();

  /// Their dictionaries number the texts.
  private final LowCardinalityColumn services = new LowCardinalityColumn();

  private final LowCardinalityColumn names = new LowCardinalityColumn();

  /// The span of a row, good until the next call.
  RedSpan read(Rows row) {
    span.agent = row.getBytes(0);
    span.start = row.getLong(1);
    span.end = span.start + row.getLong(2);
    span.service = row.getBytes(3);
    span.serviceNumber = services.indexOf(span.service, 0, span.service.length);
    span.bytes = row.getBytes(4);
    span.nameLength = span.bytes.length;
    span.nameNumber = names.indexOf(span.bytes, 0, span.nameLength);
    span.kind = (int) row.getLong(5);
    span.statusCode = (int) row.getLong(6);
    span.responseStatus = (int) row.getLong(7);
    span.l7Protocol = (int) row.getLong(8);
    span.protocol = (int) row.getLong(9);
    span.isIpv4 = (int) row.getLong(10);
    span.serverPort = (int) row.getLong(11);
    span.ip0 = row.getBytes(12);
    span.ip1 = row.getBytes(13);
    span.peerType = (int) row.getLong(14);
    span.peer = row.getBytes(15);
    span.peerLength = span.peer.length;
    span.labelId = row.getLong(16);
    span.peerLabelId = row.getLong(17);
    return span;
  }
}
