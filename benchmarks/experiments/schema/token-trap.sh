#!/usr/bin/env bash
# Shows that a token can outlive its rows: kills the engine on the rename of a new part and then repeats the insert.
# token-trap.sh LIBRARY CLASSES FOLDER   (needs strace; CLASSES is where the programs of this folder were compiled to)
set -euo pipefail
library=$1 classes=$2 store=$3/token-trap-$$
run() { java --enable-native-access=ALL-UNNAMED -cp "$classes" Statements "$library" "$store" "$@"; }
insert() { echo "INSERT INTO t SETTINGS async_insert = 0, insert_deduplication_token = '$1' SELECT number FROM numbers(10)"; }
run "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1" \
  "$(insert one)" > "$store.log"
strace -f -o "$store.strace" -e trace=rename -e inject=rename:signal=KILL:when=1 \
  java --enable-native-access=ALL-UNNAMED -cp "$classes" Statements "$library" "$store" "$(insert two)" || true
run "SELECT 'rows after the kill', count() FROM t" "$(insert two)" "SELECT 'after a retry with the same token', count() FROM t" \
  "$(insert three)" "SELECT 'after a retry with another token', count() FROM t" | grep -v '^$'
rm -rf "$store" "$store".*
