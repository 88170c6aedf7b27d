package deepflow.server.querier;

import java.io.OutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Makes writers of compact JSON in UTF-8.
public final class JsonOutput {

  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonOutput() {}

  /// A writer that ends in that stream.
  public static JsonGenerator generator(OutputStream out) {
    return FACTORY.createGenerator(ObjectWriteContext.empty(), out);
  }
}
