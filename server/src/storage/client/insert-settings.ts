/**
 * With which ClickHouse settings must every block of JSON lines be inserted, wherever the store
 * runs?
 */

/** `insert_deduplication_token` comes with each block. */
export const insertSettings = {
  // Each block is durable and visible when its insert is answered, and its token is looked up in
  // the deduplication window.
  async_insert: 0,
  insert_deduplicate: 1,
  // A retried block counts once behind every materialized view too, also when the first attempt
  // died between table and view.
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // One insert is one block: two attempts that were cut in different places would not be recognised
  // as the same.
  input_format_parallel_parsing: 0,
  max_insert_block_size: 1_048_576,
  min_insert_block_size_rows: 1_048_576,
  min_insert_block_size_bytes: 1_073_741_824,
  // Timestamps of fields are RFC 3339 with a Z, which the basic reader refuses.
  date_time_input_format: 'best_effort',
  // A row with a column that no table has is our mistake: refuse it rather than lose the value in
  // silence.
  input_format_skip_unknown_fields: 0
} as const satisfies Readonly<Record<string, string | number>>
