package deepflow.server.ingester.receive;

import deepflow.wire.frame.FrameMemory;
import deepflow.wire.frame.Identity;
import deepflow.wire.tls.TlsContext;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// The server's end of all links: what each connection works with.
///
/// @param tls null for none
/// @param memory for frames that are being read
/// @param sink takes what was read
/// @param store is told to agents
record LinkEnd(
    @Nullable TlsContext tls,
    FrameMemory memory,
    Sessions sessions,
    BatchSink sink,
    Identity store,
    LinkMetrics metrics,
    InstantSource clock) {}
