package deepflow.server.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.server.labeler.Address;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Peer;
import deepflow.server.labeler.Side;
import deepflow.server.labeler.Tag;
import deepflow.server.storage.LabelBlock;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Finds the labels of both sides of each span. A side is asked for once for each resource or peer,
/// not for each span: an answer says how long it holds.
///
/// For one thread; used for block after block.
final class SideLabels {
  private static final int NAMES_MAX = 1 << 12;
  private static final int STORED_MAX = 1 << 16;
  private static final int HOMES_MAX = 1 << 12;
  private static final int SHARED_MAX = 1 << 10;

  private LabelSnapshot snapshot = LabelSnapshot.empty();
  private LateQuestions late = LateQuestions.NONE;
  private int day = -1;
  private LabelBlock into = new LabelBlock();

  /// Rises whenever what was found before is not to be used any more.
  private long era;

  private final PeerTable peers = new PeerTable();
  private final ContentCache<SideLabel> named = new ContentCache<>(NAMES_MAX);
  private final ByteScratch key = new ByteScratch();

  /// What rows say that went into blocks of [#day], by their ids.
  private final Map<Long, Long> stored = new HashMap<>();

  private final Map<List<String>, Integer> homes = new HashMap<>();
  private int lastHome;

  /// Of labels that many answers share.
  private final IdentityHashMap<Labels, Hashes> hashes = new IdentityHashMap<>();

  /// @param id names what they tell of
  /// @param content names what they say of it
  private record Hashes(long id, long content) {
    static Hashes of(Labels labels) {
      return new Hashes(LabelId.of(labels, ""), LabelId.ofContent(labels));
    }
  }

  /// Begins a block.
  ///
  /// @param blockDay days since 1970-01-01 UTC
  void begin(LabelSnapshot newest, LateQuestions questions, int blockDay, LabelBlock rows) {
    into = rows;
    late = questions;
    if (newest != snapshot || blockDay != day) {
      snapshot = newest;
      era++;
      peers.clear();
      named.clear();
      hashes.clear();
      if (blockDay != day || stored.size() > STORED_MAX) {
        day = blockDay;
        stored.clear();
      }
    }
  }

  /// The span's own side.
  ///
  /// @param port at which the span's own side serves, 0 when it doesn't
  /// @param time the span's start, ns since 1970-01-01 UTC
  SideLabel own(KnownResource resource, String agentHost, int port, long time) {
    SideLabel known = resource.label(era, agentHost, port, time);
    if (known != null) {
      return known;
    }
    var sender = resource.sender(agentHost);
    SideLabel found =
        label(snapshot.own(sender, port, time), newer -> newer.own(sender, port, time));
    resource.keep(port, found);
    return found;
  }

  /// The other side.
  ///
  /// @param address 16 bytes, zeros when the span says none
  /// @param name what it says instead; empty when it says an address, or nothing
  /// @param port at which the other side serves, 0 when it doesn't
  /// @param serves whether the other side is the server
  SideLabel peer(SideLabel own, byte[] address, Text name, int port, boolean serves, long time) {
    return name.length == 0
        ? addressed(own, address, port, serves, time)
        : named(own, name, port, serves, time);
  }

  private SideLabel addressed(SideLabel own, byte[] address, int port, boolean serves, long time) {
    // The sender's own host is another one for each sender.
    boolean isItself = address[address.length - 1] == 1 && Address.read(address).isLoopback();
    long where = isItself ? own.id() : (long) own.home() << 32 | (serves ? 1 << 16 : 0) | port;
    SideLabel known = peers.find(address, where, time);
    if (known != null) {
      return known;
    }
    SideLabel found = ask(own, new Peer(Address.read(address), "", port, serves), time);
    peers.put(address, where, found);
    return found;
  }

  private SideLabel named(SideLabel own, Text name, int port, boolean serves, long time) {
    key.clear();
    key.putInt(own.home());
    key.putInt(port << 1 | (serves ? 1 : 0));
    key.put(name.bytes, name.offset, name.length);
    SideLabel known = named.find(key);
    if (known != null && known.side().holdsAt(time)) {
      return known;
    }
    String text = new String(name.bytes, name.offset, name.length, UTF_8).toLowerCase(Locale.ROOT);
    SideLabel found = ask(own, new Peer(Address.NONE, text, port, serves), time);
    named.put(key, found);
    return found;
  }

  private SideLabel ask(SideLabel own, Peer peer, long time) {
    Side ownSide = own.side();
    Side side = snapshot.peer(ownSide, peer, time);
    return peer.address().isLoopback()
        ? itself(own, side, peer, time)
        : label(side, newer -> newer.peer(ownSide, peer, time));
  }

  /// What becomes known of the sender becomes known of its own pod or host.
  private SideLabel itself(SideLabel own, Side side, Peer peer, long time) {
    Function<LabelSnapshot, Side> again = own.question();
    return again == null
        ? known(side)
        : label(side, newer -> newer.peer(again.apply(newer), peer, time));
  }

  private SideLabel label(Side side, Function<LabelSnapshot, Side> question) {
    String open = side.open();
    if (open != null) {
      long id = LabelId.of(side.labels(), open);
      if (late.take(id, side, question)) {
        return stored(new Hashes(id, LabelId.ofContent(side.labels())), side, question);
      }
    }
    Hashes named = hashes(side);
    if (open == null && side.found() && side.cluster() != null) {
      late.given(named.id, named.content, question);
    }
    return stored(named, side, /* question= */ null);
  }

  /// The label of an answer that nobody is to ask for again.
  private SideLabel known(Side side) {
    return stored(hashes(side), side, /* question= */ null);
  }

  private Hashes hashes(Side side) {
    if (hashes.size() > SHARED_MAX) {
      hashes.clear();
    }
    return hashes.computeIfAbsent(side.labels(), Hashes::of);
  }

  /// What is said of the same thing may have changed since its last row: with another one, its
  /// older spans say so too. An answer that may become a better one never takes its place.
  private SideLabel stored(
      Hashes named, Side side, @Nullable Function<LabelSnapshot, Side> question) {
    Long before = stored.put(named.id, named.content);
    if (before == null || before != named.content) {
      long version = side.open() == null ? snapshot.version() : LabelBlock.FIRST;
      LabelRow.append(day, named.id, side.labels(), version, into);
    }
    return new SideLabel(named.id, side, question, home(side));
  }

  /// Where names lead to depends on the namespace, where addresses lead to on the cluster. A number
  /// is never given to another one.
  private int home(Side side) {
    if (homes.size() > HOMES_MAX) {
      homes.clear();
    }
    String cluster = side.cluster();
    List<String> home = List.of(cluster == null ? "" : cluster, side.labels().tag(Tag.POD_NS));
    return homes.computeIfAbsent(home, _ -> ++lastHome);
  }
}
