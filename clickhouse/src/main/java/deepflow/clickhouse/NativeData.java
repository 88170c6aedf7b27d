package deepflow.clickhouse;

import deepflow.clickhouse.block.NativeSink;

/// What can be written in Native format: a block, or bytes that are already.
@FunctionalInterface
interface NativeData {
  void writeTo(NativeSink<ClickHouseException> sink) throws ClickHouseException;
}
