/// ⑧ Gives spans back as OTLP, as many as there are: `GET /v1/export`.
@NullMarked
package deepflow.server.querier.export;

import org.jspecify.annotations.NullMarked;
