package deepflow.agent.queue;

import java.nio.ByteBuffer;

/// A batch as it lies in the queue.
///
/// @param number orders the batches of this queue
/// @param spans how many spans it holds
/// @param payload of its BATCH frame, byte for byte the same each time; off the heap, dies at the
///   next read
public record StoredBatch(long number, int spans, ByteBuffer payload) {}
