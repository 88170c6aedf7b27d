package deepflow.server.ingester.decode;

import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Side;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A side of spans, and the row of table `labels` that says who it is.
///
/// @param id of the row
/// @param question asks a newer snapshot for it; null when nobody is to ask
/// @param home a number for where the side is, which says where names and addresses lead to
record SideLabel(long id, Side side, @Nullable Function<LabelSnapshot, Side> question, int home) {}
