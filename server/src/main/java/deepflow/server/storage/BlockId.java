package deepflow.server.storage;

/// Names a block: the same in each of its rows, in every table.
///
/// @param number unique in the store, and higher than those of all blocks before
/// @param timeSeconds when the block was made, seconds since 1970-01-01 UTC, u32
public record BlockId(long number, int timeSeconds) {}
