/// ② Keeps what was acknowledged on disk until the server has it.
///
/// [DurableQueue] is the way in: `offer` for `receive`, a [BatchCursor] and `acknowledge` for
/// `forward`. The files of a queue directory:
///
/// | file | what | format |
/// |------|------|--------|
/// | `identity` | who the queue is, and how often it was opened | [QueueIdentity] |
/// | `<first number>.segment` | batches | [SegmentHeader], then a [RecordHeader] and a payload for each |
/// | `<first number>.hashes` | hashes of requests that were in a segment that is gone | [HashSidecar] |
/// | `ledger` | what became of all spans | [Ledger] |
/// | `position` | a hint; may be missing, old or torn | [PositionFile] |
/// | `store` | the store that the queue sends to; delete it to send to another | 32 hexadecimal digits |
/// | `sent` | the last epoch in which anything can have been sent | [SentFile] |
/// | `set-back` | the directory was put back to an older state: nothing is taken or sent | [SetBack] |
/// | `lock` | locked while an agent works on the directory | empty |
///
/// **What holds.** An entry is answered with [Admission.Durable] after the sync of its segment
/// (and, for a new one, of the directory). At most one record of a segment is not synced at any
/// time, the last. A segment whose write or sync failed is never written to again; the next one
/// takes the number of the record that failed, and of a segment only the records below the next
/// one's first number count. Numbers of different starts never meet ([BatchNumbers]), unless the
/// directory is put back to an older state: then the server has numbers of a start in which nothing
/// was sent from here, and the queue stops for good.
///
/// **What damage costs.** What the disk can't read is damaged. A damaged payload: its batch. A
/// damaged header: its batch; the next record is found by the mark of the queue. A damaged segment
/// header, identity file, position or sidecar: no batch, nor the identity file and all segment
/// headers together, after which the queue has another name. All of it is counted by the reader
/// that comes across it, and none of it refuses a start.
@NullMarked
package deepflow.agent.queue;

import org.jspecify.annotations.NullMarked;
