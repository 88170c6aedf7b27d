/// Frames of the TCP link between agent and server, and what our own frames carry.
///
/// The link speaks DeepFlow's frames ([FrameHeader] has the layout), so that a DeepFlow agent may
/// send to our server and our agent to a DeepFlow server. On the same connection our own message
/// types add what DeepFlow's lack: an answer.
///
/// | code | [MessageType] | direction | payload |
/// |-----:|---------------|-----------|---------|
/// | 6, 11 | OpenTelemetry, plain and zlib | agent to server | [TracesReader] |
/// | 208 | HELLO | agent to server, first frame | [LinkMessage.Hello] |
/// | 209 | WELCOME | server to agent, answers HELLO | [LinkMessage.Welcome] |
/// | 210 | BATCH | agent to server | [LinkMessage.Batch], [BatchReader] |
/// | 211 | ACKNOWLEDGEMENT | server to agent | [LinkMessage.Acknowledgement] |
/// | 212 | REFUSAL | server to agent, last frame | [LinkMessage.Refusal] |
/// | 213 | REPORT | agent to server, now and then | [LinkMessage.Report] |
///
/// **Course of a connection.** The agent sends HELLO; the server answers WELCOME with the highest
/// batch number that it holds durably, or REFUSAL. The agent sends BATCH frames in the order of
/// their numbers, from the one after that, without waiting for answers. Whenever more batches
/// became durable the server says so with a cumulative ACKNOWLEDGEMENT. Numbers begin at 1 and only
/// grow; gaps are legal. Every resend of a batch is byte-identical. A connection that begins with
/// any other frame than HELLO is a DeepFlow agent's: it gets no answers. To a server whose WELCOME
/// says that it takes them, the agent sends a REPORT of what became of all spans that it ever saw:
/// sums, so that none needs to arrive, and one that arrives twice says nothing new.
///
/// **Limits.** A frame has at most 512,000 bytes before HELLO and on DeepFlow's connections, and at
/// most 80 MiB after HELLO. Unzipped, a batch has at most 80 MiB.
///
/// **Byte order.** The frame size is big endian, all other integers are little endian.
@NullMarked
package deepflow.wire.frame;

import org.jspecify.annotations.NullMarked;
