/** Which functions are TimescaleDB's own, whatever schema the extension was created in? */

/**
 * As `pg_depend` of 2.28.3 lists them, with those that earlier releases had. A client reports only
 * functions that an extension owns, so a name of these is nobody's else.
 */
export const ownFunctions: ReadonlySet<string> = new Set(
  (
    'add_columnstore_policy add_compression_policy add_continuous_aggregate_policy ' +
    'add_data_node add_dimension add_drop_chunks_policy add_job add_reorder_policy ' +
    'add_retention_policy alter_data_node alter_job alter_job_schedule approximate_row_count ' +
    'attach_chunk attach_data_node attach_tablespace by_hash by_range chunk_columnstore_stats ' +
    'chunk_compression_stats chunk_relation_size chunk_relation_size_pretty chunks_detailed_size ' +
    'compress_chunk convert_to_columnstore convert_to_rowstore create_distributed_hypertable ' +
    'create_distributed_restore_point create_hypertable decompress_chunk delete_data_node ' +
    'delete_job detach_chunk detach_data_node detach_tablespace detach_tablespaces ' +
    'disable_chunk_skipping distributed_exec drop_chunks enable_chunk_skipping first ' +
    'generate_uuidv7 get_telemetry_report histogram hypertable_approximate_detailed_size ' +
    'hypertable_approximate_size hypertable_columnstore_stats hypertable_compression_stats ' +
    'hypertable_detailed_size hypertable_index_size hypertable_relation_size ' +
    'hypertable_relation_size_pretty hypertable_size indexes_relation_size ' +
    'indexes_relation_size_pretty interpolate last locf merge_chunks merge_chunks_concurrently ' +
    'move_chunk recompress_chunk refresh_continuous_aggregate remove_columnstore_policy ' +
    'remove_compression_policy remove_continuous_aggregate_policy remove_drop_chunks_policy ' +
    'remove_reorder_policy remove_retention_policy reorder_chunk run_job set_adaptive_chunking ' +
    'set_chunk_time_interval set_integer_now_func set_number_partitions ' +
    'set_partitioning_interval ' +
    'set_replication_factor show_chunks show_tablespaces split_chunk time_bucket ' +
    'time_bucket_gapfill timescaledb_post_restore timescaledb_pre_restore to_uuidv7 ' +
    'to_uuidv7_boundary uuid_timestamp uuid_timestamp_micros uuid_version'
  ).split(' ')
)
