import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// How a span becomes columns: the common ones, and the attributes in one of the ways that compete.
final class Layout {
  private static final byte[] NOTHING = new byte[16];
  private static final String[] COLUMNS = {
    "attributes_string", "attributes_int64", "attributes_float64", "attributes_bool"
  };
  private static String building = "";
  private final String kind;
  private final Block block = new Block();
  private final Map<String, String> ddl = new LinkedHashMap<>();
  private final byte[][] agents = new byte[4][16];

  private final Block.Fixed blockTime = fixed("block_time", "DateTime", 4);
  private final Block.Fixed blockId = fixed("block_id", "UInt64", 8);
  private final Block.Fixed agent = fixed("agent", "FixedString(16)", 16);
  private final Block.Fixed batch = fixed("batch", "UInt64", 8);
  private final Block.Fixed traceId = fixed("trace_id", "FixedString(16)", 16);
  private final Block.Fixed spanId = fixed("span_id", "FixedString(8)", 8);
  private final Block.Fixed parentId = fixed("parent_span_id", "FixedString(8)", 8);
  private final Block.Low traceState = low("trace_state");
  private final Block.Fixed flags = fixed("flags", "UInt32", 4);
  private final Block.Low name = low("name");
  private final Block.Fixed spanKind = fixed("kind", "Int32", 4);
  private final Block.Fixed start = fixed("start_time", "DateTime64(9)", 8);
  private final Block.Fixed duration = fixed("duration", "Int64", 8);
  private final Block.Low service = low("service");
  private final Block.Fixed status = fixed("status_code", "Int32", 4);
  private final Block.Text message = text("status_message");
  private final Block.Fixed resource = fixed("resource_id", "FixedString(16)", 16);
  private final Block.Fixed scope = fixed("scope_id", "FixedString(16)", 16);
  private final Block.Fixed dropped = fixed("dropped_attributes_count", "UInt32", 4);
  private final Block.Text unknown = text("unknown_fields");
  private final Block.Fixed l7 = fixed("l7_protocol", "UInt8", 1);
  private final Block.Fixed responseStatus = fixed("response_status", "UInt8", 1);
  private final Block.NullableInt responseCode =
      add("response_code", new Block.NullableInt(), "Nullable(Int32)");
  private final Block.Low requestType = low("request_type");
  private final Block.Low domain = low("request_domain");
  private final Block.Text requestResource = text("request_resource");
  private final Block.Fixed ip0 = fixed("ip_0", "IPv6", 16);
  private final Block.Fixed ip1 = fixed("ip_1", "IPv6", 16);
  private final Block.Fixed serverPort = fixed("server_port", "UInt16", 2);

  private Block.Many eventTime;
  private Block.Many eventName;
  private Block.Many eventAttributes;
  private Block.Many eventTypes;
  private Block.Many eventDropped;
  private Block.Many linkTrace;
  private Block.Many linkSpan;
  private Block.Many linkState;
  private Block.Many linkFlags;
  private Block.Many linkAttributes;
  private Block.Many linkTypes;
  private Block.Many linkDropped;
  private Block.Text nested;
  private final java.util.List<Block.Column> extra = new java.util.ArrayList<>();

  private Block.Low types;
  private Block.Low shape;
  private Block.Many map;
  private Block.Many keys;
  private Block.Many values;
  private final Block.Many[] typed = new Block.Many[4];
  private Block.Text json;
  private Block.Text raw;

  static synchronized Layout of(String kind) {
    building = kind;
    return new Layout(kind);
  }

  private Layout(String kind) {
    this.kind = kind;
    SplittableRandom random = new SplittableRandom(7);
    for (byte[] a : agents) {
      random.nextBytes(a);
    }
    String attributes = kind.split("-")[0];
    if (!attributes.equals("shape") && !attributes.equals("rawonly")) {
      types = low("attribute_types");
    }
    switch (attributes) {
      case "map" -> map = map("attributes");
      case "arrays" -> {
        keys =
            add("attribute_keys", new Block.Many(new Block.Low()), "Array(LowCardinality(String))");
        values = add("attribute_values", new Block.Many(new Block.Text()), "Array(String)");
      }
      case "typed" -> typed();
      case "json" -> json = add("attributes", new Block.Text("JSON"), "JSON");
      case "shape" -> {
        shape = low("attribute_shape");
        values = add("attribute_values", new Block.Many(new Block.Text()), "Array(String)");
      }
      case "raw" -> {
        map = map("attributes");
        raw = text("raw");
      }
      case "rawonly" -> raw = text("raw");
      default -> throw new IllegalArgumentException(kind);
    }
    if (kind.contains("-nested")) {
      nested();
    } else if (!kind.endsWith("-slim")) {
      arrays();
    }
  }

  private void typed() {
    String[] types = {"String", "Int64", "Float64", "Bool"};
    int[] widths = {0, 8, 8, 1};
    for (int i = 0; i < types.length; i++) {
      Block.Column v = i == 0 ? new Block.Text() : new Block.Fixed(types[i], widths[i]);
      String type = "Map(LowCardinality(String), " + types[i] + ")";
      typed[i] = add(COLUMNS[i], new Block.Many(new Block.Low(), v), type);
    }
  }

  /// Events and links in one string; then, to price a column, twenty that are always empty, or seven that repeat what the resource says.
  private void nested() {
    nested = text("events_and_links");
    if (kind.contains("-names")) {
      eventName =
          add("event_name", new Block.Many(new Block.Low()), "Array(LowCardinality(String))");
    }
    for (int i = 0; i < (kind.contains("-labels") ? 7 : 20); i++) {
      String name = "extra_" + i;
      if (kind.endsWith("-integers")) {
        extra.add(fixed(name, "UInt32", 4));
      } else if (kind.endsWith("-lows")) {
        extra.add(low(name));
      } else if (kind.endsWith("-strings")) {
        extra.add(text(name));
      }
    }
  }

  private void arrays() {
    eventTime =
        add(
            "event_time",
            new Block.Many(new Block.Fixed("DateTime64(9)", 8)),
            "Array(DateTime64(9))");
    eventName = add("event_name", new Block.Many(new Block.Low()), "Array(LowCardinality(String))");
    eventAttributes = attributesOfMany("event_attributes");
    eventTypes =
        add(
            "event_attribute_types",
            new Block.Many(new Block.Low()),
            "Array(LowCardinality(String))");
    eventDropped =
        add("event_dropped", new Block.Many(new Block.Fixed("UInt32", 4)), "Array(UInt32)");
    linkTrace =
        add(
            "link_trace_id",
            new Block.Many(new Block.Fixed("FixedString(16)", 16)),
            "Array(FixedString(16))");
    linkSpan =
        add(
            "link_span_id",
            new Block.Many(new Block.Fixed("FixedString(8)", 8)),
            "Array(FixedString(8))");
    linkState = add("link_trace_state", new Block.Many(new Block.Text()), "Array(String)");
    linkFlags = add("link_flags", new Block.Many(new Block.Fixed("UInt32", 4)), "Array(UInt32)");
    linkAttributes = attributesOfMany("link_attributes");
    linkTypes =
        add(
            "link_attribute_types",
            new Block.Many(new Block.Low()),
            "Array(LowCardinality(String))");
    linkDropped =
        add("link_dropped", new Block.Many(new Block.Fixed("UInt32", 4)), "Array(UInt32)");
    fixed("dropped_events_count", "UInt32", 4);
    fixed("dropped_links_count", "UInt32", 4);
  }

  private Block.Many attributesOfMany(String column) {
    return add(
        column,
        new Block.Many(new Block.Many(new Block.Low(), new Block.Text())),
        "Array(Map(LowCardinality(String), String))");
  }

  private Block.Many map(String column) {
    Block.Many m =
        new Block.Many(new Block.Low(building.contains("-stringkeys")), new Block.Text());
    return add(column, m, m.type());
  }

  private <C extends Block.Column> C add(String column, C c, String type) {
    ddl.put(column, type);
    return block.add(column, c);
  }

  private Block.Fixed fixed(String column, String type, int width) {
    return add(column, new Block.Fixed(type, width), type);
  }

  private Block.Low low(String column) {
    Block.Low c = new Block.Low(building.contains("-plain"));
    return add(column, c, c.type());
  }

  private Block.Text text(String column) {
    return add(column, new Block.Text(), "String");
  }

  /// Column name to type, in the order of the block.
  Map<String, String> ddl() {
    return ddl;
  }

  Block block() {
    return block;
  }

  void add(Spans.Span s, long id, long batchNumber, long time) {
    blockTime.add(time);
    blockId.add(id);
    agent.add(agents[(int) (batchNumber & 3)]);
    batch.add(batchNumber);
    traceId.add(s.traceId);
    spanId.add(s.spanId);
    parentId.add(s.parentId);
    traceState.add("");
    flags.add(0x101);
    name.add(s.name);
    spanKind.add(s.kind);
    start.add(s.start);
    duration.add(s.duration);
    service.add(Spans.SERVICES[s.service]);
    status.add(s.status);
    message.add(s.message);
    resource.add(s.resource);
    scope.add(s.scope);
    dropped.add(0);
    unknown.add("");
    l7.add(s.l7);
    responseStatus.add(s.status == 2 ? 3 : 0);
    responseCode.add(s.code);
    requestType.add(s.requestType);
    domain.add(s.domain);
    requestResource.add(s.path);
    ip0.add(NOTHING);
    ip1.add(NOTHING);
    serverPort.add(s.port);
    attributes(s);
    if (nested != null) {
      nested.add(
          s.exception ? "exception\0" + s.message + "\0java.lang.IllegalStateException" : "");
      if (eventName != null) {
        if (s.exception) {
          ((Block.Low) eventName.inner[0]).add("exception");
        }
        eventName.end(s.exception ? 1 : 0);
      }
      int label = kind.contains("-labels") ? 1 + (s.resource[0] & 31) : 0;
      String text = label == 0 ? "" : "checkout-7d9f6c5b8-" + label;
      for (Block.Column c : extra) {
        switch (c) {
          case Block.Fixed f -> f.add(label);
          case Block.Low l -> l.add(text);
          case Block.Text t -> t.add(text);
          default -> throw new IllegalStateException();
        }
      }
    } else if (eventTime != null) {
      many(s);
    }
  }

  private void attributes(Spans.Span s) {
    if (types != null) {
      types.add(s.types);
    }
    if (map != null) {
      map(map, s.keys, s.values);
    }
    if (keys != null) {
      for (String k : s.keys) {
        ((Block.Low) keys.inner[0]).add(k);
      }
      keys.end(s.keys.length);
    }
    if (values != null) {
      for (String v : s.values) {
        ((Block.Text) values.inner[0]).add(v);
      }
      values.end(s.keys.length);
    }
    if (shape != null) {
      shape.add(s.types + " " + String.join(" ", s.keys));
    }
    if (typed[0] != null) {
      typed(s);
    }
    if (json != null) {
      json.add(json(s));
    }
    if (raw != null) {
      raw.add(Spans.raw(s));
    }
  }

  private static void map(Block.Many to, String[] k, String[] v) {
    for (int i = 0; i < k.length; i++) {
      ((Block.Low) to.inner[0]).add(k[i]);
      ((Block.Text) to.inner[1]).add(v[i]);
    }
    to.end(k.length);
  }

  private void typed(Spans.Span s) {
    int[] n = new int[4];
    for (int i = 0; i < s.keys.length; i++) {
      int t = "sidb".indexOf(s.types.charAt(i));
      n[t]++;
      ((Block.Low) typed[t].inner[0]).add(s.keys[i]);
      switch (t) {
        case 0 -> ((Block.Text) typed[0].inner[1]).add(s.values[i]);
        case 1 -> ((Block.Fixed) typed[1].inner[1]).add(Long.parseLong(s.values[i]));
        case 2 ->
            ((Block.Fixed) typed[2].inner[1])
                .add(Double.doubleToLongBits(Double.parseDouble(s.values[i])));
        default -> ((Block.Fixed) typed[3].inner[1]).add(s.values[i].equals("true") ? 1 : 0);
      }
    }
    for (int t = 0; t < 4; t++) {
      typed[t].end(n[t]);
    }
  }

  private static String json(Spans.Span s) {
    StringBuilder b = new StringBuilder("{");
    for (int i = 0; i < s.keys.length; i++) {
      b.append(i == 0 ? "\"" : ",\"").append(s.keys[i]).append("\":");
      boolean quoted = s.types.charAt(i) == 's';
      b.append(quoted ? "\"" : "").append(s.values[i]).append(quoted ? "\"" : "");
    }
    return b.append('}').toString();
  }

  private void many(Spans.Span s) {
    int e = s.exception ? 1 : 0;
    if (s.exception) {
      ((Block.Fixed) eventTime.inner[0]).add(s.start + s.duration);
      ((Block.Low) eventName.inner[0]).add("exception");
      map(
          (Block.Many) eventAttributes.inner[0],
          new String[] {"exception.type", "exception.message"},
          new String[] {"java.lang.IllegalStateException", s.message});
      ((Block.Low) eventTypes.inner[0]).add("");
      ((Block.Fixed) eventDropped.inner[0]).add(0);
    }
    eventTime.end(e);
    eventName.end(e);
    eventAttributes.end(e);
    eventTypes.end(e);
    eventDropped.end(e);
    int l = s.linked ? 1 : 0;
    if (s.linked) {
      ((Block.Fixed) linkTrace.inner[0]).add(s.traceId);
      ((Block.Fixed) linkSpan.inner[0]).add(s.parentId);
      ((Block.Text) linkState.inner[0]).add("");
      ((Block.Fixed) linkFlags.inner[0]).add(1);
      map((Block.Many) linkAttributes.inner[0], new String[] {"link.kind"}, new String[] {"batch"});
      ((Block.Low) linkTypes.inner[0]).add("");
      ((Block.Fixed) linkDropped.inner[0]).add(0);
    }
    linkTrace.end(l);
    linkSpan.end(l);
    linkState.end(l);
    linkFlags.end(l);
    linkAttributes.end(l);
    linkTypes.end(l);
    linkDropped.end(l);
    for (var c : block.columns()) {
      if (c.getKey().startsWith("dropped_events") || c.getKey().startsWith("dropped_links")) {
        ((Block.Fixed) c.getValue()).add(0);
      }
    }
  }

  /// Which attributes this layout searches by `key = value`.
  String search(String key, String value) {
    return switch (kind.split("-")[0]) {
      case "map", "raw" -> "attributes['" + key + "'] = '" + value + "'";
      case "arrays" ->
          "has(attribute_values, '"
              + value
              + "') AND attribute_values[indexOf(attribute_keys, '"
              + key
              + "')] = '"
              + value
              + "'";
      case "typed" -> "attributes_string['" + key + "'] = '" + value + "'";
      case "json" -> "attributes.`" + key + "`::String = '" + value + "'";
      case "shape" ->
          "has(attribute_values, '"
              + value
              + "') AND attribute_values[indexOf(splitByChar(' ', attribute_shape), '"
              + key
              + "') - 1] = '"
              + value
              + "'";
      default -> "raw LIKE '%" + value + "%'";
    };
  }
}
