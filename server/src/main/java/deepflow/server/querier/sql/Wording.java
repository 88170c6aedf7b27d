package deepflow.server.querier.sql;

/// A text for people in each language.
record Wording(String english, String chinese) {

  static final Wording NONE = new Wording("", "");

  String in(Language language) {
    return switch (language) {
      case ENGLISH -> english;
      case CHINESE -> chinese;
    };
  }

  Wording followedBy(Wording more) {
    return new Wording(english + more.english, chinese + more.chinese);
  }
}
