package deepflow.ctl.doctor;

/// A mistake that was found.
///
/// @param where file and place in it, or the address that was asked
/// @param what one sentence that says what is wrong, and what becomes of spans
/// @param remedy one sentence that says what to do
record Finding(Problem problem, String where, String what, String remedy) {}
