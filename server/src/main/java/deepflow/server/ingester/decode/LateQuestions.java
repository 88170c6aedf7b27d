package deepflow.server.ingester.decode;

import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Side;
import java.util.function.Function;

/// Takes questions about a span's side that can't be answered yet, since the news of a pod may come
/// after its first spans, and those whose answer may change. Safe for use by many threads; never
/// waits.
public interface LateQuestions {
  /// Takes none.
  LateQuestions NONE =
      new LateQuestions() {
        @Override
        public boolean take(long labelId, Side now, Function<LabelSnapshot, Side> question) {
          return false;
        }

        @Override
        public void given(long labelId, long content, Function<LabelSnapshot, Side> question) {
          // Nobody asks again.
        }
      };

  /// Takes a question, if there is room.
  ///
  /// @param labelId the label that the answer will belong to
  /// @param now the answer until then
  /// @param question asks a snapshot
  /// @return false when it isn't taken: the label is to be one without a question
  boolean take(long labelId, Side now, Function<LabelSnapshot, Side> question);

  /// Takes note of an answer of which some may change, such as a pod's labels.
  ///
  /// @param labelId [LabelId#of] the answer, with nothing open
  /// @param content [LabelId#ofContent] likewise
  /// @param question asks a snapshot
  void given(long labelId, long content, Function<LabelSnapshot, Side> question);
}
