/// The OTLP server conformance suite: speaks to any OTLP server over HTTP/1.1, HTTP/2 and gRPC, and
/// says which of the specification's rules it keeps.
///
/// A [Check] is one rule, numbered as in docs/conformance.md; it sends requests through a [Session]
/// and looks at what comes back, either at the bytes ([Reply]) or at what they mean to a sender
/// ([Answer]). A check of one rule overlooks breaches of another, so that one fault fails one check
/// and its relatives: what counts as success is strict in O6 and lenient everywhere else.
///
/// The suite shares no code with the servers of this project: its messages are
/// opentelemetry-proto's generated classes, its HTTP/1.1 is its own sockets.
@NullMarked
package deepflow.ctl.conformance;

import org.jspecify.annotations.NullMarked;
