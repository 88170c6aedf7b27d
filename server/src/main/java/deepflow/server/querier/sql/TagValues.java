package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The values of a tag: of an enumeration those it has, of any other tag those that the newest rows
/// have.
///
/// | tag | columns |
/// |---|---|
/// | with names for its values | value, display_name, description |
/// | `auto_instance`, `auto_service` | value, display_name, device_type, uid, icon_id |
/// | any other | value, display_name |
///
/// Resources have no number of their own here: `value` is the name, `uid` empty, `icon_id` 0.
final class TagValues {

  private final Catalogue catalogue;
  private final Bindings bindings;
  private final Language language;

  TagValues(Catalogue catalogue, Bindings bindings, Language language) {
    this.catalogue = catalogue;
    this.bindings = bindings;
    this.language = language;
  }

  /// @throws SqlException when there is no such tag, or its values are not to be listed
  Listing of(Expression.Name name) throws SqlException {
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag == null) {
      throw Names.misfit(name, catalogue);
    }
    Enumeration enumeration = tag.enumeration();
    if (enumeration != null && !enumeration.entries().isEmpty()) {
      return named(enumeration);
    }
    return switch (tag.type()) {
      case RESOURCE -> {
        Tag kind = catalogue.tag(kindOf(tag.name()), bindings);
        yield kind == null ? stored(tag, TagType.STRING) : resources(tag, kind);
      }
      case STRING, STRING_ENUM, IP, MAC -> stored(tag, TagType.STRING);
      case ATTRIBUTE -> stored(tag, TagType.ATTRIBUTE);
      case INT, INT_ENUM, BOOL, RESOURCE_ID -> stored(tag, TagType.INT);
      case TIME, SECOND, MICROSECONDS, ID, TRACE_ID, SPAN_ID, EVENTS, MAP ->
          throw new SqlException("%s has no list of values".formatted(tag.name()), name.position());
    };
  }

  /// `auto_instance_type_0` says what `auto_instance_0` is.
  private static String kindOf(String name) {
    return name.matches(".*_[01]")
        ? name.substring(0, name.length() - 2) + "_type" + name.substring(name.length() - 2)
        : name + "_type";
  }

  private Listing named(Enumeration enumeration) {
    Listing listing = new Listing();
    listing = enumeration.numeric() ? listing.number("value") : listing.text("value");
    listing.text("display_name", "description");
    for (Enumeration.Entry entry : enumeration.entries()) {
      listing.add(
          List.of(
              enumeration.literal(entry),
              Literal.of(entry.name().in(language)),
              Literal.of(entry.meaning().in(language))));
    }
    return listing;
  }

  private Listing stored(Tag tag, TagType type) {
    Listing listing = new Listing();
    listing.typed("value", type);
    listing.typed("display_name", type.isText() ? type : TagType.STRING);
    listing.addEach(
        List.of("entry.1", "toString(entry.1)"),
        distinct(tag, null, type.isText() ? "entry.1 != ''" : "1"));
    return listing;
  }

  private Listing resources(Tag tag, Tag kind) {
    Listing listing =
        new Listing()
            .text("value", "display_name")
            .number("device_type")
            .text("uid")
            .number("icon_id");
    listing.addEach(
        List.of("entry.1", "entry.1", "entry.2", "''", "0"), distinct(tag, kind, "entry.1 != ''"));
    return listing;
  }

  /// A table of tuples: the value, and what its kind is when that is asked.
  private String distinct(Tag tag, @Nullable Tag kind, String condition) {
    List<Tag> sides = catalogue.sides(tag, bindings);
    List<Tag> kinds = kind == null ? List.of() : catalogue.sides(kind, bindings);
    StringBuilder tuples = new StringBuilder();
    for (int i = 0; i < sides.size(); i++) {
      String second = kinds.isEmpty() ? "0" : kinds.get(i).shown();
      tuples.append(i == 0 ? "" : ", ").append("(%s, %s)".formatted(sides.get(i).shown(), second));
    }
    String isThere =
        sides.stream()
            .filter(Tag::nullable)
            .map(side -> "isNotNull(%s) AND ".formatted(side.shown()))
            .collect(Collectors.joining());
    boolean withResource = tuples.indexOf(Catalogue.RESOURCE_ATTRIBUTES) >= 0;
    return "(SELECT DISTINCT arrayJoin([%s]) AS entry FROM %s WHERE %s%s)"
        .formatted(tuples, catalogue.newest(Listing.ROWS_READ, withResource), isThere, condition);
  }
}
