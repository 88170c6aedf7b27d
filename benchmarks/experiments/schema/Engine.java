import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The few calls of libchdb that the experiments need; one instance is one connection, used by one thread.
final class Engine implements AutoCloseable {
  /// An error that the engine reported, with its text.
  static final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EngineException(String message) {
      super(message);
    }
  }

  private static Calls calls;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment outer;
  private final MemorySegment connection;

  private record Calls(
      MethodHandle signals,
      MethodHandle connect,
      MethodHandle close,
      MethodHandle query,
      MethodHandle buffer,
      MethodHandle length,
      MethodHandle error,
      MethodHandle destroy,
      MethodHandle insert,
      MethodHandle append,
      MethodHandle done,
      MethodHandle cancel,
      MethodHandle insertError,
      MethodHandle destroyInsert) {}

  static synchronized void load(Path library) {
    if (calls != null) {
      return;
    }
    SymbolLookup lookup = SymbolLookup.libraryLookup(library, Arena.global());
    calls =
        new Calls(
            handle(lookup, "chdb_set_signal_handlers_enabled", null, JAVA_INT),
            handle(lookup, "chdb_connect", ADDRESS, JAVA_INT, ADDRESS),
            handle(lookup, "chdb_close_conn", null, ADDRESS),
            handle(
                lookup, "chdb_query_n", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG),
            handle(lookup, "chdb_result_buffer", ADDRESS, ADDRESS),
            handle(lookup, "chdb_result_length", JAVA_LONG, ADDRESS),
            handle(lookup, "chdb_result_error", ADDRESS, ADDRESS),
            handle(lookup, "chdb_destroy_query_result", null, ADDRESS),
            handle(
                lookup,
                "chdb_stream_insert_n",
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG),
            handle(lookup, "chdb_stream_append", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
            handle(lookup, "chdb_stream_done", ADDRESS, ADDRESS),
            handle(lookup, "chdb_stream_cancel_insert", null, ADDRESS),
            handle(lookup, "chdb_stream_insert_error", ADDRESS, ADDRESS),
            handle(lookup, "chdb_destroy_insert_stream", null, ADDRESS));
    try {
      calls.signals.invoke(0);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static MethodHandle handle(
      SymbolLookup lookup, String name, ValueLayout result, MemoryLayout... arguments) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    return Linker.nativeLinker().downcallHandle(lookup.find(name).orElseThrow(), descriptor);
  }

  Engine(Path path, List<String> settings) {
    try {
      var argv = new java.util.ArrayList<String>();
      argv.add("clickhouse");
      argv.add("--path=" + path);
      argv.add("--config-file=" + configuration(path));
      argv.addAll(settings);
      MemorySegment array = arena.allocate(ADDRESS, argv.size());
      for (int i = 0; i < argv.size(); i++) {
        array.setAtIndex(ADDRESS, i, arena.allocateFrom(argv.get(i)));
      }
      outer = (MemorySegment) calls.connect.invoke(argv.size(), array);
      if (outer.address() == 0) {
        throw new EngineException("connect refused: " + argv);
      }
      connection = outer.reinterpret(8).get(ADDRESS, 0);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /// The engine's configuration file for a store. It need not exist, but without the argument the engine would read one from the
  /// working directory.
  static Path configuration(Path store) {
    return store.resolveSibling(store.getFileName() + "-config.xml");
  }

  String query(String sql) {
    return new String(query(sql, "TSV"), StandardCharsets.UTF_8).strip();
  }

  byte[] query(String sql, String format) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment text = local.allocateFrom(sql);
      MemorySegment name = local.allocateFrom(format);
      MemorySegment result =
          (MemorySegment)
              calls.query.invoke(connection, text, text.byteSize() - 1, name, name.byteSize() - 1);
      return take(result, sql);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static byte[] take(MemorySegment result, String what) throws Throwable {
    try {
      MemorySegment error = (MemorySegment) calls.error.invoke(result);
      if (error.address() != 0) {
        String text = error.reinterpret(Long.MAX_VALUE).getString(0);
        throw new EngineException(text + "\n  in: " + what);
      }
      long bytes = (long) calls.length.invoke(result);
      MemorySegment buffer = (MemorySegment) calls.buffer.invoke(result);
      return bytes == 0 ? new byte[0] : buffer.reinterpret(bytes).toArray(ValueLayout.JAVA_BYTE);
    } finally {
      calls.destroy.invoke(result);
    }
  }

  /// Inserts one Native block. Returns when the engine has committed it, or throws.
  void insert(String sql, MemorySegment block) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment text = local.allocateFrom(sql);
      MemorySegment name = local.allocateFrom("Native");
      MemorySegment stream =
          (MemorySegment)
              calls.insert.invoke(connection, text, text.byteSize() - 1, name, name.byteSize() - 1);
      try {
        throwInsertError(stream, sql);
        long step = 4 << 20;
        for (long at = 0; at < block.byteSize(); at += step) {
          MemorySegment piece = block.asSlice(at, Math.min(step, block.byteSize() - at));
          if ((int) calls.append.invoke(stream, piece, piece.byteSize()) != 0) {
            throwInsertError(stream, sql);
            throw new EngineException("append failed without a reason: " + sql);
          }
        }
        take((MemorySegment) calls.done.invoke(stream), sql);
      } finally {
        calls.destroyInsert.invoke(stream);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static void throwInsertError(MemorySegment stream, String what) throws Throwable {
    MemorySegment error = (MemorySegment) calls.insertError.invoke(stream);
    if (error.address() != 0) {
      throw new EngineException(error.reinterpret(Long.MAX_VALUE).getString(0) + "\n  in: " + what);
    }
  }

  @Override
  public void close() {
    try {
      calls.close.invoke(outer);
      arena.close();
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
