package deepflow.server.labeler;

import org.jspecify.annotations.Nullable;

/// What makes pods, or makes what makes them.
///
/// @param owner what made it in turn
public record KnownWorkload(KnownObject object, WorkloadKind kind, KnownPod.@Nullable Owner owner)
    implements Known {}
