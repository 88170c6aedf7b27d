/// How the server speaks HTTP: the listener, who may ask, how many at a time, files, health. Knows
/// no question; what is asked is published by the queriers' `…Api` classes.
@NullMarked
package deepflow.server.http;

import org.jspecify.annotations.NullMarked;
