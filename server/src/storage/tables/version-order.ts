/**
 * How does SQL turn a version's text into numbers that sort as releases do: `1.9.0` before
 * `1.10.0-rc1` before `1.10.0`?
 */

const release = `([vV]?[0-9]{1,9}(?:[.][0-9]{1,9}){0,7})`

/**
 * Four numbers of the release, one for its stage, then up to four from after the stage; empty for a
 * text that starts with no number.
 */
export function versionOrder(version: string): string {
  const text = `ifNull(CAST(${version}, 'Nullable(String)'), '')`
  const head = `extract(${text}, '^${release}')`
  // What follows `+` is build metadata: two builds of one release sort alike.
  const rest = `lower(splitByChar('+', substring(${text}, length(${head}) + 1))[1])`
  const numbers = `arrayResize(arrayMap(n -> toUInt32OrZero(n), extractAll(${head}, '[0-9]+')), 4, toUInt32(0))`
  const after = `arrayMap(n -> toUInt32OrZero(n), arraySlice(extractAll(${rest}, '[0-9]{1,9}'), 1, 4))`
  return `if(${head} = '', CAST([], 'Array(UInt32)'), arrayConcat(${numbers}, [toUInt32(${stage(rest)})], ${after}))`
}

/** A release is 5; what comes before it is less, a later patch of the packaging more. */
function stage(rest: string): string {
  const word = `extract(${rest}, '[a-z]+')`
  return `multiIf(${rest} = '', 5, ${word} IN ('post', 'r', 'rev', 'p'), 6, ${word} IN ('dev', 'snapshot', 'nightly'), 0, ${word} IN ('a', 'alpha'), 1, ${word} IN ('b', 'beta'), 2, ${word} IN ('rc', 'c'), 4, 3)`
}
