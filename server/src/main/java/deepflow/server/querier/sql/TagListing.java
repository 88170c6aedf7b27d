package deepflow.server.querier.sql;

import java.util.ArrayList;
import java.util.List;

/// What SHOW TAGS lists. A tag of two sides stands in it once: `pod`, of the client `pod_0`, of the
/// server `pod_1`. A tag that only conditions can use (`tcp_seq`) is left out.
final class TagListing {

  private final Language language;
  private final Listing listing =
      new Listing()
          .text("name", "client_name", "server_name")
          .text("display_name", "display_name_zh", "display_name_en")
          .text("type", "category")
          .texts("operators")
          .other("permissions")
          .text("description", "description_zh", "description_en", "related_tag")
          .other("deprecated")
          .texts("not_supported_operators")
          .text("table");

  private TagListing(Language language) {
    this.language = language;
  }

  static Listing of(List<Catalogue> tables, Language language) {
    TagListing tags = new TagListing(language);
    for (Catalogue table : tables) {
      table.tags().stream().filter(Tag::isListed).forEach(tag -> tags.add(table, tag));
    }
    return tags.listing;
  }

  private void add(Catalogue table, Tag tag) {
    if (tag.takesKeys()) {
      addKeyed(table, tag);
    } else if (tag.hasClientAndServer()) {
      listing.add(row(table, tag, List.of(tag.name(), tag.sides().get(0), tag.sides().get(1))));
    } else if (tag.sides().isEmpty() && !isSide(table, tag)) {
      listing.add(row(table, tag, List.of(tag.name(), tag.name(), tag.name())));
    }
  }

  private void addKeyed(Catalogue table, Tag tag) {
    if (isSide(table, tag)) {
      return;
    }
    String name = tag.keyed("key");
    List<String> names =
        tag.hasClientAndServer()
            ? List.of(name, "concat(%s, '_0')".formatted(name), "concat(%s, '_1')".formatted(name))
            : List.of(name, name, name);
    listing.addEach(
        row(table, tag, names, List.of(name, name, name)), AttributeKeys.of(tag, table));
  }

  private static boolean isSide(Catalogue table, Tag tag) {
    return table.tags().stream()
        .anyMatch(other -> other.hasClientAndServer() && other.sides().contains(tag.name()));
  }

  private List<String> row(Catalogue table, Tag tag, List<String> names) {
    return row(
        table,
        tag,
        names.stream().map(Literal::of).toList(),
        Listing.values(table.description(tag.name()).name(), language));
  }

  private List<String> row(
      Catalogue table, Tag tag, List<String> names, List<String> displayNames) {
    Description description = table.description(tag.name());
    List<String> row = new ArrayList<>(names);
    row.addAll(displayNames);
    row.add(Literal.of(tag.takesKeys() ? "map_item" : tag.type().shown()));
    row.add(Literal.of(description.category().in(language)));
    row.add(Literal.of(tag.type().operators()));
    row.add(Listing.PERMISSIONS);
    row.addAll(Listing.values(description.meaning(), language));
    row.add("''");
    row.add(Boolean.toString(description.deprecated()));
    row.add(Literal.of(List.of()));
    row.add(Literal.of(table.name()));
    return row;
  }
}
