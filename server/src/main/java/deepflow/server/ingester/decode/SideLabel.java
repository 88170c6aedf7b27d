package deepflow.server.ingester.decode;

import deepflow.server.labeler.Side;

/// A side of spans, and the row of table `labels` that says who it is.
///
/// @param id of the row
/// @param home a number for where the side is, which says where names and addresses lead to
record SideLabel(long id, Side side, int home) {}
