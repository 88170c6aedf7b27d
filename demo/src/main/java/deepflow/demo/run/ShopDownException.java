package deepflow.demo.run;

/// The shop can't open, or has to close; the message is a sentence that says why and what to do.
public final class ShopDownException extends Exception {
  ShopDownException(String message) {
    super(message);
  }
}
