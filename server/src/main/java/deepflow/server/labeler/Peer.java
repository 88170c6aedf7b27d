package deepflow.server.labeler;

/// What a span says of its other side.
///
/// @param address [Address#NONE] when it says none
/// @param name a host's name, lower case; empty when it says none
/// @param port at which the other side serves, 0 when it doesn't or that isn't known
/// @param serves whether it is the server
public record Peer(Address address, String name, int port, boolean serves) {}
