/**
 * Which tables stand beside the records: what could not be kept, what was counted and frozen, and
 * the store's own books?
 */
import { instantType } from './column-types.ts'
import { driftTable, quarantineTable } from './rows.ts'
import {
  aggregating,
  base,
  column,
  day,
  earliest,
  installations,
  latest,
  sum,
  type Table,
  word,
  wordOrNull
} from './table.ts'

/** The loader inserts here; nothing is stored but what `drift_states` sums up. */
export const driftRowsTable: Table = {
  name: driftTable,
  columns: [
    ...base('product'),
    day,
    column('record', wordOrNull, 'the declared record that it came in'),
    column('name', 'Nullable(String)', 'the undeclared name, only where it may be shown'),
    column('name_digest', 'String', 'a keyed digest of the name'),
    column('kind', word, 'the JSON kind of the value'),
    column('reason', word, 'the code that says why it was not kept'),
    column('installation', 'Nullable(String)', 'the installation, as a keyed token'),
    column('version', 'Nullable(String)', 'the version that its sender told'),
    column('count', 'UInt64', 'how often'),
    ...base('received_at')
  ],
  engine: 'Null',
  orderBy: '',
  shardBy: 'product, name_digest'
}

export const driftStatesTable: Table = {
  name: 'drift_states',
  columns: [
    ...driftRowsTable.columns.filter((column) =>
      ['product', 'day', 'record', 'name_digest', 'kind', 'reason'].includes(column.name)
    ),
    column(
      'name',
      'SimpleAggregateFunction(max, Nullable(String))',
      'the undeclared name, only where it may be shown'
    ),
    column('count', sum, 'how often'),
    installations,
    column('last_received', latest, 'when it last arrived'),
    column(
      'oldest_version',
      'AggregateFunction(argMin, String, Array(UInt32))',
      'the oldest version that sent it: merge with argMinMerge; empty where none was told'
    )
  ],
  ...aggregating,
  orderBy: 'product, day, record, name_digest, kind, reason',
  shardBy: 'product, name_digest'
}

export const quarantineRowsTable: Table = {
  name: quarantineTable,
  columns: [
    ...base('product'),
    column('code', word, 'why it could not become a row'),
    column('record', wordOrNull, 'the declared record, where it is known'),
    column(
      'reason',
      wordOrNull,
      'what was wrong with a body that could not be read, in our own words'
    ),
    column('place', 'Nullable(UInt64)', 'at which byte of the body'),
    column('bytes', 'UInt64', 'how long it was'),
    column('row', 'Nullable(String)', 'the scrubbed row, where the store refused one'),
    ...base('received_at')
  ],
  engine: 'MergeTree',
  partitionBy: 'product, toYYYYMM(received_at)',
  orderBy: 'product, received_at',
  shardBy: 'product, received_at'
}

export const frozenTable: Table = {
  name: 'frozen_counts',
  columns: [
    ...base('product'),
    column('period', word, 'day, week (ISO, from Monday) or month'),
    column('start', 'Date', 'the first day of the period, UTC'),
    column('dimension', word, 'all, name, or what the records are told apart by'),
    column(
      'value',
      wordOrNull,
      'the value of the dimension; NULL where none was sent, and for all'
    ),
    column('records', 'UInt64', 'how many records'),
    column('installations', 'UInt64', 'how many distinct installations'),
    column(
      'key_epoch',
      'UInt16',
      'the newest generation of the secret that made tokens in that period; 0 where that was ' +
        'not kept'
    ),
    column('frozen_at', instantType, 'when the ids behind it were forgotten'),
    column(
      'source',
      word,
      'which run froze it: several make one period, where records came after it was frozen'
    )
  ],
  engine: 'ReplacingMergeTree(frozen_at)',
  partitionBy: 'product',
  orderBy: 'product, period, start, dimension, value, source',
  // Whoever looks for a period finds all of it, or nothing.
  shardBy: 'product, period, start'
}

/**
 * What each product's last run of retention froze under, so that a run that was killed replaces
 * what it had begun, and a later one adds to it.
 */
export const retentionRunsTable: Table = {
  name: 'retention_runs',
  columns: [
    ...base('product'),
    column('source', 'String', 'what it marks its frozen counts with'),
    column('cutoff', 'Date', 'days before this one are frozen'),
    column('is_counted', 'Bool', 'whether it has frozen all that was due'),
    column('is_done', 'Bool', 'whether what it froze was let go of'),
    column('at', instantType, 'when it began, had counted, or was done')
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: 'product',
  shardBy: 'product'
}

/** Also of products whose folder is gone, whose records must expire all the same. */
export const retentionTable: Table = {
  name: 'product_retention',
  columns: [
    ...base('product'),
    column('records_days', 'UInt32', 'how long records live'),
    column('aggregates_days', 'UInt32', 'how long frozen counts live'),
    column('has_snapshots', 'Bool', 'whether there is a table of snapshots'),
    column('written_at', instantType, 'when the contract was taken up')
  ],
  engine: 'ReplacingMergeTree(written_at)',
  orderBy: 'product',
  shardBy: 'product'
}

/**
 * Which start of which collector the store saw last: a restored store has not seen the latest
 * (`went-back.ts`).
 */
export const startsTable: Table = {
  name: 'collector_starts',
  columns: [
    column('inbox', 'String', 'the inbox that the collector loads from'),
    column('start', 'String', 'a random name of its start'),
    column('at', instantType, 'when it started')
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: 'inbox',
  shardBy: 'inbox'
}

/** What collectors that share a store tell each other (`shared-deletions.ts`). */
export const deletionRequestsTable: Table = {
  name: 'deletion_requests',
  columns: [
    ...base('product'),
    column('kind', word, 'what the digest is of: a deletion key, or whom records are known by'),
    column('digest', 'String', 'the hash of a deletion key, or a keyed token'),
    column('by_operator', 'Bool', 'whether it was asked on an operator’s word'),
    column('requested_at', instantType, 'when it was asked for'),
    column('expires_at', instantType, 'until when it is remembered'),
    column('told_at', instantType, 'when it was written here')
  ],
  engine: 'ReplacingMergeTree(told_at)',
  orderBy: 'product, kind, digest, requested_at',
  shardBy: 'product, kind, digest'
}

/**
 * Whose message it is, where several collectors have kept it (`shared-marks.ts`). It has weeks as
 * parts, since marks hold for a month; and few rows are read at a time, since whoever asks names a
 * handful of random digests.
 */
export const messageClaimsTable: Table = {
  name: 'message_claims',
  columns: [
    column('digest', 'String', 'the keyed digest by which the message is known'),
    column('inbox', word, 'the inbox that the collector loads from'),
    ...base('received_at'),
    column('claimed_at', earliest, 'when that collector was about to load it')
  ],
  engine: 'AggregatingMergeTree',
  partitionBy: 'toMonday(received_at)',
  orderBy: 'digest, inbox, received_at',
  shardBy: 'digest',
  granularity: 256
}

export const schemaVersionTable: Table = {
  name: 'schema_version',
  columns: [
    column('step', 'UInt32', 'the number of a migration'),
    column('applied_at', instantType, 'when it was done')
  ],
  engine: 'ReplacingMergeTree(applied_at)',
  orderBy: 'step',
  shardBy: 'step'
}
