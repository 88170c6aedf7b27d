package deepflow.server.storage;

/// The store is not what this version can work with; the message says what to do.
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1L;

  StoreException(String message) {
    super(message);
  }
}
