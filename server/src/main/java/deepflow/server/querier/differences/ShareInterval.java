package deepflow.server.querier.differences;

/// How large a share is in truth, when so many of a sample have something: Wilson's interval.
///
/// Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
/// 1927; R. G. Newcombe, Interval Estimation for the Difference Between Independent Proportions,
/// 1998, method 10.
record ShareInterval(double share, double low, double high) {

  /// @param z how many standard errors wide to each side
  static ShareInterval of(int having, int all, double z) {
    double share = (double) having / all;
    double square = z * z / all;
    double middle = (share + square / 2) / (1 + square);
    double half = z * Math.sqrt(share * (1 - share) / all + square / (4 * all)) / (1 + square);
    return new ShareInterval(share, Math.max(0, middle - half), Math.min(1, middle + half));
  }

  /// By how much this share is larger at least; negative when it may as well be smaller.
  double surplusOver(ShareInterval other) {
    return share - other.share - Math.hypot(share - low, other.high - other.share);
  }
}
