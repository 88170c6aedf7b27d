package deepflow.server.storage;

import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.FixedBytesColumn;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.wire.frame.LinkMessage;

/// The columns of table `agent_reports`, in its order.
final class ReportBlock {
  static final String TABLE = "agent_reports";

  private static final int SECONDS_OF_MINUTE = 60;

  private final Block block = new Block();
  private final IntColumn minute = block.add("minute", new IntColumn("DateTime('UTC')"));
  private final FixedBytesColumn agent = block.add("agent", FixedBytesColumn.fixedString(16));
  private final LongColumn reported = block.add("reported", new LongColumn("DateTime64(3, 'UTC')"));
  private final LongColumn epoch = number("epoch");
  private final LongColumn through = number("through");
  private final LongColumn accepted = number("accepted");
  private final LongColumn covered = number("covered");
  private final LongColumn resent = number("resent");
  private final LongColumn invalid = number("invalid");
  private final LongColumn busy = number("busy");
  private final LongColumn damaged = number("damaged");
  private final LongColumn unacknowledged = number("unacknowledged");
  private final LongColumn refusedRequests = number("refused_requests");

  private LongColumn number(String name) {
    return block.add(name, new LongColumn("UInt64"));
  }

  Block block() {
    return block;
  }

  void append(AgentReport report) {
    LinkMessage.Report sums = report.sums();
    long seconds = report.at().getEpochSecond();
    minute.append((int) (seconds - seconds % SECONDS_OF_MINUTE));
    agent.append(report.agent().bytes());
    reported.append(report.at().toEpochMilli());
    epoch.append(sums.epoch());
    through.append(sums.through());
    accepted.append(sums.accepted());
    covered.append(sums.covered());
    resent.append(sums.resent());
    invalid.append(sums.invalid());
    busy.append(sums.busy());
    damaged.append(sums.damaged());
    unacknowledged.append(sums.unacknowledged());
    refusedRequests.append(sums.refusedRequests());
  }
}
