package deepflow.server.semconv;

/// Where the host and the port stand in a URL, an authority or a connection string: patterns that
/// mean the same to Java and to ClickHouse, so that columns and queries tell the same.
///
/// What names its parts (`Server=db;Password=…`) or can't be told from a scheme (`jdbc:h2:mem:x`)
/// matches neither: nobody wants a password for a host.
public final class Authority {
  private static final String BEFORE = "^(?:[A-Za-z0-9+.:@-]*//)?(?:[^/;?]*@)?";
  private static final String BRACKETS = "\\[[^\\]]*\\]";
  private static final String NAME = "[^/:?;,\\[\\]=@()\\\\\\s]+";

  /// Its first group is the host, an IPv6 address in brackets.
  public static final String HOST =
      BEFORE + "(" + BRACKETS + "|" + NAME + ")(?:[/?;,\\\\]|:[0-9]+(?:[/?;,:]|$)|$)";

  /// Its first group is the port.
  public static final String PORT =
      BEFORE + "(?:" + BRACKETS + "|" + NAME + "):([0-9]+)(?:[/?;,:]|$)";

  private Authority() {}
}
