package deepflow.server.querier.sql;

/// What people are told of a tag or a metric.
///
/// @param deprecated whether it is the old name of another
record Description(Wording category, Wording name, Wording meaning, boolean deprecated) {

  private static final Wording CLIENT = new Wording(" (Client)", "（客户端）");
  private static final Wording SERVER = new Wording(" (Server)", "（服务端）");

  /// The same of one side only.
  Description ofClient() {
    return new Description(category, name.followedBy(CLIENT), meaning, deprecated);
  }

  Description ofServer() {
    return new Description(category, name.followedBy(SERVER), meaning, deprecated);
  }
}
