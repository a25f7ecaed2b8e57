/**
 * How much a contract may declare and a record may hold: every bound of this package, each with its
 * reason.
 */

export { versionLengthMax } from '#values/version-text'

/** Bytes of text. TimescaleDB's contract, the largest known, needs a tenth of it. */
export const contractCharactersMax = 1_048_576
/**
 * Authored nesting. The deepest known contract nests 9 deep; deeper ones are mistakes or attacks on
 * the reader.
 */
export const documentDepthMax = 32
export const recordsMax = 500
/** Over all records, groups expanded at each use. */
export const fieldsMax = 2_000
/** Readings of fields, repetitions included: ten for each that may be declared. */
export const fieldReadingsMax = 20_000
/** Types within types (object in map in list …). */
export const typeDepthMax = 16
/** ClickHouse allows more, people can't read more. */
export const columnNameLengthMax = 200
/** A field that means something else for the twentieth time is another field. */
export const meaningChangesMax = 20
export const sentenceLengthMax = 2_000
export const enumValuesMax = 1_000
export const enumValueLengthMax = 200
export const patternSourceLengthMax = 1_000
/**
 * A text is tested against a `pattern` only when it is no longer: what bounds a regular
 * expression's work.
 */
export const patternLengthMax = 256
export const patternLengthDefault = 64
/**
 * Of a raw text, so many characters are tested against `matches`: the known messages begin with
 * what tells them apart.
 */
export const matchedCharactersMax = 4_096
export const keyedHashLengthMax = 4_096
export const keyedHashLengthDefault = 512
export const stringLengthMax = 4_096
export const itemsMax = 10_000
/** Of a distribution. Twenty tell a latency well; more tell single installations apart. */
export const bucketsMax = 200
/** Of one label or bucket in one record. */
export const countDefault = 1_000_000_000
/** Of undeclared keys that a sender counted itself: a report of 64 KiB had no room for more. */
export const othersMax = 65_536
/**
 * Violations told of one record; one more, LIMIT_EXCEEDED, stands for the rest. A hostile body can
 * hold a million names.
 */
export const violationsMax = 100
/** A path told in a violation is cut here, since a hostile key can be as long as the body. */
export const violationFieldLengthMax = 256
/** A hundred years, in seconds. */
export const durationSecondsDefault = 3_155_760_000
