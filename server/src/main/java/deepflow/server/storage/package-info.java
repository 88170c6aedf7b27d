/// ⑦ Tables, schema files, blocks and what is committed.
@NullMarked
package deepflow.server.storage;

import org.jspecify.annotations.NullMarked;
