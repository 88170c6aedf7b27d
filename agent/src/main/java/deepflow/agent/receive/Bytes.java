package deepflow.agent.receive;

/// A range of an array that nobody else writes to.
@SuppressWarnings("ArrayRecordComponent") // handed on, not compared
record Bytes(byte[] array, int offset, int length) {}
