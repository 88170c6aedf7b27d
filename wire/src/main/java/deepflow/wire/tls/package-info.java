/// TLS from PEM files, read again when they change; and for the link, a channel that speaks it over
/// a blocking socket: TLS 1.3 and nothing else, since both of its ends are ours.
@NullMarked
package deepflow.wire.tls;

import org.jspecify.annotations.NullMarked;
