package deepflow.server.controller;

import java.util.regex.Pattern;

/// What agents and groups may be called.
final class Names {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} ._@:-]{0,127}");

  private Names() {}

  /// @param what is named, for the sentence
  static void check(String what, String name) throws ControllerException {
    if (!NAME.matcher(name).matches()) {
      throw ControllerException.refused(
          "%s must have 1 to 128 letters, digits and . _ @ : - and begin with a letter or digit"
              .formatted(what));
    }
  }
}
