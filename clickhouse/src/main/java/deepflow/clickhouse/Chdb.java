package deepflow.clickhouse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The functions of libchdb that we call, one method each. Nothing here checks an order: that is
/// [NativeConnection]'s work.
///
/// Every function may block its thread, so none is linked as critical. Source:
/// `programs/local/chdb.h` of chdb-core 26.7.
final class Chdb {
  /// Where libchdb.so is.
  static final String LIBRARY_PROPERTY = "deepflow.clickhouse.library";

  private static final int ELF_HEAD_BYTES = 64;

  private static @Nullable Chdb loaded;

  private final SymbolLookup library;
  private final MethodHandle connect;
  private final MethodHandle closeConn;
  private final MethodHandle shutdown;
  private final MethodHandle queryWithParams;
  private final MethodHandle streamQueryWithParams;
  private final MethodHandle streamFetch;
  private final MethodHandle streamCancel;
  private final MethodHandle destroyResult;
  private final MethodHandle resultBuffer;
  private final MethodHandle resultLength;
  private final MethodHandle resultError;
  private final MethodHandle streamInsert;
  private final MethodHandle streamAppend;
  private final MethodHandle streamDone;
  private final MethodHandle streamCancelInsert;
  private final MethodHandle streamInsertError;
  private final MethodHandle destroyInsert;
  private final MethodHandle classify;

  private Chdb(Path file) {
    library = lookup(file);
    connect = function("chdb_connect", ADDRESS, JAVA_INT, ADDRESS);
    closeConn = procedure("chdb_close_conn", ADDRESS);
    shutdown = function("chdb_shutdown", JAVA_INT);
    queryWithParams = function("chdb_query_with_params_n", ADDRESS, withParameters());
    streamQueryWithParams = function("chdb_stream_query_with_params_n", ADDRESS, withParameters());
    streamFetch = function("chdb_stream_fetch_result", ADDRESS, ADDRESS, ADDRESS);
    streamCancel = procedure("chdb_stream_cancel_query", ADDRESS, ADDRESS);
    destroyResult = procedure("chdb_destroy_query_result", ADDRESS);
    resultBuffer = function("chdb_result_buffer", ADDRESS, ADDRESS);
    resultLength = function("chdb_result_length", JAVA_LONG, ADDRESS);
    resultError = function("chdb_result_error", ADDRESS, ADDRESS);
    streamInsert =
        function("chdb_stream_insert_n", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
    streamAppend = function("chdb_stream_append", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    streamDone = function("chdb_stream_done", ADDRESS, ADDRESS);
    streamCancelInsert = procedure("chdb_stream_cancel_insert", ADDRESS);
    streamInsertError = function("chdb_stream_insert_error", ADDRESS, ADDRESS);
    destroyInsert = procedure("chdb_destroy_insert_stream", ADDRESS);
    classify =
        function(
            "chdb_classify_query_n",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            ADDRESS);
  }

  /// The library, loaded once a process, with its signal handlers off: the JVM needs SIGSEGV and
  /// SIGTERM for itself, and after the first connection it would be too late.
  ///
  /// @throws IllegalStateException when the property is missing or names no file that can be loaded
  static synchronized Chdb load() {
    Chdb library = loaded;
    if (library == null) {
      library = new Chdb(libraryFile());
      library.disableSignalHandlers();
      loaded = library;
    }
    return library;
  }

  private static Path libraryFile() {
    String name = System.getProperty(LIBRARY_PROPERTY);
    if (name == null || name.isBlank()) {
      throw new IllegalStateException(
          "the engine's library is unknown: start java with -D%s=<path of libchdb.so>"
              .formatted(LIBRARY_PROPERTY));
    }
    Path file = Path.of(name).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new IllegalStateException(
          "the engine's library is not there: %s, given by -D%s".formatted(file, LIBRARY_PROPERTY));
    }
    return file;
  }

  private static SymbolLookup lookup(Path file) {
    try {
      requireWhole(file);
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException | IOException e) {
      throw new IllegalStateException(
          "the engine's library is damaged, or not for this system: install %s, given by -D%s, anew"
              .formatted(file, LIBRARY_PROPERTY),
          e);
    }
  }

  /// The loader does not look whether all is there: one that was cut off ends the process by
  /// SIGBUS. The table of sections (its offset, the size of an entry and their count) comes last in
  /// a file.
  private static void requireWhole(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer head = ByteBuffer.allocate(ELF_HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(head);
      int sections = head.getShort(0x3A) * head.getShort(0x3C);
      if (channel.size() < head.getLong(0x28) + sections) {
        throw new EOFException("cut off after %s bytes".formatted(channel.size()));
      }
    }
  }

  private void disableSignalHandlers() {
    MethodHandle handle = procedure("chdb_set_signal_handlers_enabled", JAVA_INT);
    call(() -> {
      handle.invokeExact(0);
    });
  }

  /// Gives a `chdb_connection *`, or NULL.
  MemorySegment connect(int argc, MemorySegment argv) {
    return get(() -> (MemorySegment) connect.invokeExact(argc, argv));
  }

  void closeConn(MemorySegment connectionPointer) {
    call(() -> {
      closeConn.invokeExact(connectionPointer);
    });
  }

  int shutdown() {
    return get(() -> (int) shutdown.invokeExact());
  }

  MemorySegment query(MemorySegment connection, NativeStatement statement) {
    return get(() ->
        (MemorySegment)
            queryWithParams.invokeExact(
                connection,
                statement.sql().start(),
                statement.sql().length(),
                statement.format().start(),
                statement.format().length(),
                statement.names(),
                statement.nameLengths(),
                statement.values(),
                statement.valueLengths(),
                statement.parameters()));
  }

  MemorySegment streamQuery(MemorySegment connection, NativeStatement statement) {
    return get(() ->
        (MemorySegment)
            streamQueryWithParams.invokeExact(
                connection,
                statement.sql().start(),
                statement.sql().length(),
                statement.format().start(),
                statement.format().length(),
                statement.names(),
                statement.nameLengths(),
                statement.values(),
                statement.valueLengths(),
                statement.parameters()));
  }

  MemorySegment streamFetch(MemorySegment connection, MemorySegment stream) {
    return get(() -> (MemorySegment) streamFetch.invokeExact(connection, stream));
  }

  void streamCancel(MemorySegment connection, MemorySegment stream) {
    call(() -> {
      streamCancel.invokeExact(connection, stream);
    });
  }

  void destroyResult(MemorySegment result) {
    call(() -> {
      destroyResult.invokeExact(result);
    });
  }

  /// The result's bytes, which live until the result is destroyed.
  MemorySegment resultBytes(MemorySegment result) {
    long length = get(() -> (long) resultLength.invokeExact(result));
    MemorySegment buffer = get(() -> (MemorySegment) resultBuffer.invokeExact(result));
    return length == 0 ? MemorySegment.NULL : buffer.reinterpret(length);
  }

  @Nullable String resultError(MemorySegment result) {
    return text(get(() -> (MemorySegment) resultError.invokeExact(result)));
  }

  MemorySegment streamInsert(MemorySegment connection, Scratch.Text sql, Scratch.Text format) {
    return get(() ->
        (MemorySegment)
            streamInsert.invokeExact(
                connection, sql.start(), sql.length(), format.start(), format.length()));
  }

  /// Says whether the stream took the bytes, which it copies.
  boolean streamAppend(MemorySegment stream, MemorySegment data, long length) {
    return get(() -> (int) streamAppend.invokeExact(stream, data, length)) == 0;
  }

  MemorySegment streamDone(MemorySegment stream) {
    return get(() -> (MemorySegment) streamDone.invokeExact(stream));
  }

  void streamCancelInsert(MemorySegment stream) {
    call(() -> {
      streamCancelInsert.invokeExact(stream);
    });
  }

  @Nullable String streamInsertError(MemorySegment stream) {
    return text(get(() -> (MemorySegment) streamInsertError.invokeExact(stream)));
  }

  void destroyInsert(MemorySegment stream) {
    call(() -> {
      destroyInsert.invokeExact(stream);
    });
  }

  /// Fills `analysis`, four u32: its own size (16, set by the caller), statements, flags, class.
  boolean classify(MemorySegment connection, Scratch.Text sql, MemorySegment analysis) {
    return get(() ->
        (int)
            classify.invokeExact(
                connection, sql.start(), sql.length(), MemorySegment.NULL, 0L, analysis))
        == 0;
  }

  private static MemoryLayout[] withParameters() {
    return new MemoryLayout[] {
      ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG
    };
  }

  private MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.of(result, arguments));
  }

  private MethodHandle procedure(String name, MemoryLayout... arguments) {
    return link(name, FunctionDescriptor.ofVoid(arguments));
  }

  private MethodHandle link(String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new IllegalStateException("the engine's library lacks " + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  private static @Nullable String text(MemorySegment start) {
    return start.address() == 0 ? null : start.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static <T> T get(Downcall<T> downcall) {
    try {
      return downcall.call();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a native call threw", e);
    }
  }

  /// For functions without a result; the lambda needs a block, or the call is linked as giving one.
  private static void call(VoidDowncall downcall) {
    get(() -> {
      downcall.call();
      return true;
    });
  }

  @FunctionalInterface
  private interface Downcall<T> {
    T call() throws Throwable;
  }

  @FunctionalInterface
  private interface VoidDowncall {
    void call() throws Throwable;
  }
}
