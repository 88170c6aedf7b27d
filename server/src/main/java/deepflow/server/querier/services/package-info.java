/// RED of services and their operations: rate, errors and duration, for our UI.
@NullMarked
package deepflow.server.querier.services;

import org.jspecify.annotations.NullMarked;
