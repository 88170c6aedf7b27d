package deepflow.server.querier.export;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.querier.search.SpanSearch;
import deepflow.server.storage.SpanReader.Page;
import deepflow.server.storage.SpanReader.TooLargeException;

/// One export, message after message. For one thread.
final class Export {

  /// Spans of a message.
  private static final int SPANS = 1_000;

  private static final int BYTES_MAX = 16 << 20;

  private final SpanSearch.Pages pages;
  private final ExportFormat format;
  private long left;
  private boolean ended;

  Export(SpanSearch search, ExportQuestion question) throws ClickHouseException {
    this.pages = search.find(question.condition(), question.startNanos(), question.endNanos());
    this.format = question.format();
    this.left = question.limit();
  }

  /// The next piece of the stream; empty behind the last one.
  byte[] next() throws ClickHouseException, TooLargeException {
    if (ended) {
      return new byte[0];
    }
    Page page = pages.next((int) Math.min(SPANS, left), BYTES_MAX);
    left -= Math.min(left, page.spans().spans());
    ended = !page.more() || left == 0;
    return page.spans().isEmpty() ? new byte[0] : format.framed(page.spans().toExport());
  }
}
