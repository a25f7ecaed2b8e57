/**
 * What MySQL's shapes may be written with: keywords and built-in functions, and what the parser's
 * printer adds.
 */
import { readList } from '../catalogue.ts'

const keywords = readList('mysql-keywords')
export const functions: ReadonlySet<string> = new Set([
  ...readList('mysql-functions'),
  'values',
  'convert',
  'cast'
])

/** Words of MySQL's grammar that the lists lack, and its storage engines. */
const more: ReadonlySet<string> = new Set(
  (
    'after change close using partition flush low_priority sql_buffer_result export action ' +
    'algorithm always any auto_increment avg_row_length begin cascaded chain charset ' +
    'checksum ' +
    'collation columns comment commit committed compression concurrent connection cycle data ' +
    'date ' +
    'datetime day deallocate definer delay_key_write disable do duplicate dynamic enable ' +
    'enforced ' +
    'engine enum escape excluded exclude execute expansion extended fast fields first fixed ' +
    'following ' +
    'format full fulltext function functions geometry geometrycollection global hash hour ' +
    'identified ' +
    'implicit including indexes insert_method instant inplace invisible invoker isolation json ' +
    'key_block_size keyname language last level linestring list local locked max_rows medium ' +
    'merge ' +
    'microsecond min_rows minute mode modify month multilinestring multipoint multipolygon names ' +
    'national next no none nowait offset only open others pack_keys partial partitioning ' +
    'password ' +
    'plan point polygon preceding prepare preserve prev procedure processlist quarter query ' +
    'quick ' +
    'recursive redundant remove reorganize repair repeatable respect restart reuse rollback ' +
    'rollup row ' +
    'row_format rows savepoint second security serializable session share shared signed ' +
    'simple skip ' +
    'snapshot spatial start stats_auto_recalc stats_persistent stats_sample_pages status storage ' +
    'stored subpartition table tables temporary temptable text than ties time timestamp ' +
    'transaction ' +
    'trigger triggers truncate type unbounded uncommitted undefined union_unique unknown ' +
    'user value ' +
    'variables view visible warnings week work year zone a c key keys bit bool boolean nchar ' +
    'nvarchar ' +
    'tinytext json_table nested path ordinality error empty against match natural boolean ' +
    'language ' +
    'tinyint smallint mediumint bigint integer int float double precision real decimal dec ' +
    'numeric ' +
    'unsigned zerofill char varchar binary varbinary blob tinyblob mediumblob longblob ' +
    'mediumtext ' +
    'longtext set current_timestamp now utf8mb4 ' +
    'innodb myisam memory archive csv blackhole federated ndb ndbcluster aria rocksdb tokudb'
  ).split(' ')
)

export function isListed(word: string): boolean {
  const lower = word.toLowerCase()
  return keywords.has(lower) || functions.has(lower) || more.has(lower)
}
