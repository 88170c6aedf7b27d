/// The Java services, each a process under the real javaagent.
///
/// A service and the demo speak over its standard streams. The service prints `ready` and what it
/// offers, `ready orders=127.0.0.1:41234 queue=127.0.0.1:41235`; the demo answers with one line of
/// the same form that names what all services offer. When its standard input ends, it ends: so no
/// service outlives the demo, however that ended.
@NullMarked
package deepflow.demo.service;

import org.jspecify.annotations.NullMarked;
