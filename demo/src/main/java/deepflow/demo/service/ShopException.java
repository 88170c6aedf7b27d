package deepflow.demo.service;

/// A service can't do what it was asked; the message says why.
final class ShopException extends Exception {
  private final int status;

  /// @param status the HTTP status that says the same
  ShopException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
