package deepflow.clickhouse;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the engine's error text and says whose turn it is.
///
/// Source: ClickHouse `src/Common/ErrorCodes.cpp` at 26.7.
final class EngineError {
  private static final Pattern CODE = Pattern.compile("Code: (\\d+)\\.");

  /// ENOSPC and EDQUOT, under whatever code.
  private static final Pattern DISK_FULL =
      Pattern.compile("No space left on device|Disk quota exceeded");

  static final int BAD_ARGUMENTS = 36;
  static final int CANNOT_OPEN_FILE = 76;
  static final int QUERY_WAS_CANCELLED = 394;
  private static final int BAD_QUERY_PARAMETER = 457;

  /// Out of something for now; the same statement can succeed later.
  private static final Set<Integer> BUSY =
      Set.of(
          159, // TIMEOUT_EXCEEDED
          160, // TOO_SLOW
          173, // CANNOT_ALLOCATE_MEMORY
          198, // DNS_ERROR
          201, // QUOTA_EXCEEDED
          202, // TOO_MANY_SIMULTANEOUS_QUERIES
          203, // NO_FREE_CONNECTION
          209, // SOCKET_TIMEOUT
          210, // NETWORK_ERROR
          236, // ABORTED
          241, // MEMORY_LIMIT_EXCEEDED
          242, // TABLE_IS_READ_ONLY, of a replica without its keeper
          243, // NOT_ENOUGH_SPACE
          252, // TOO_MANY_PARTS
          279, // ALL_CONNECTION_TRIES_FAILED
          285, // TOO_FEW_LIVE_REPLICAS
          319, // UNKNOWN_STATUS_OF_INSERT
          QUERY_WAS_CANCELLED,
          439, // CANNOT_SCHEDULE_TASK
          473, // DEADLOCK_AVOIDED
          735, // QUERY_WAS_CANCELLED_BY_CLIENT
          999 // KEEPER_EXCEPTION
          );

  /// The engine's own trouble, whoever wrote the statement.
  private static final Set<Integer> INTERNAL =
      Set.of(
          ClickHouseException.NO_CODE,
          33, // CANNOT_READ_ALL_DATA
          40, // CHECKSUM_DOESNT_MATCH
          49, // LOGICAL_ERROR
          74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
          75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
          CANNOT_OPEN_FILE,
          107, // FILE_DOESNT_EXIST
          228, // EXPECTED_END_OF_FILE
          246, // CORRUPTED_DATA
          271, // CANNOT_DECOMPRESS
          1000, // POCO_EXCEPTION
          1002 // UNKNOWN_EXCEPTION
          );

  private EngineError() {}

  /// What the engine said about a statement.
  ///
  /// @param untrusted whether a user wrote it; then an error in it is the user's, not our bug
  static ClickHouseException of(String text, boolean untrusted) {
    Matcher matcher = CODE.matcher(text);
    int code = matcher.find() ? Integer.parseInt(matcher.group(1)) : ClickHouseException.NO_CODE;
    return new ClickHouseException(kind(code, text, untrusted), code, text.strip());
  }

  private static Kind kind(int code, String text, boolean untrusted) {
    if (BUSY.contains(code) || DISK_FULL.matcher(text).find()) {
      return Kind.BUSY;
    }
    if (code == BAD_QUERY_PARAMETER || (untrusted && !INTERNAL.contains(code))) {
      return Kind.REFUSED;
    }
    return Kind.BUG;
  }

  static ClickHouseException busy(String message) {
    return new ClickHouseException(Kind.BUSY, ClickHouseException.NO_CODE, message);
  }

  static ClickHouseException refused(String message) {
    return new ClickHouseException(Kind.REFUSED, ClickHouseException.NO_CODE, message);
  }

  static ClickHouseException bug(String message) {
    return new ClickHouseException(Kind.BUG, ClickHouseException.NO_CODE, message);
  }
}
