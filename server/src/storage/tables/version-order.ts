/**
 * How does SQL turn a version's text into numbers that sort as `compareVersions` (values/) sorts,
 * pair by pair of one table?
 */
import { stageOrder, stageWords } from '#values/version-order'

const release = `([vV]?[0-9]{1,9}(?:[.][0-9]{1,9}){0,7})`

/** Eight numbers of the release, then its stages'; empty for a text that starts with no number. */
export function versionOrder(version: string): string {
  const text = `ifNull(CAST(${version}, 'Nullable(String)'), '')`
  const head = `extract(${text}, '^${release}')`
  const numbers = `arrayMap(n -> toUInt32OrZero(n), extractAll(${head}, '[0-9]+'))`
  return `if(${head} = '', CAST([], 'Array(UInt32)'), arrayConcat(
  arrayResize(${numbers}, 8, toUInt32(0)),
  ${stagesAfter(text, head)}
))`
}

function stagesAfter(text: string, head: string): string {
  // What follows `+` is build metadata: two builds of one release sort alike.
  const rest = `lower(splitByChar('+', substring(${text}, length(${head}) + 1))[1])`
  // A commit (`-g5d01005`) has no order.
  const ordered = `replaceRegexpAll(${rest}, '[._-]g[0-9a-f]{7,40}\\\\b', '')`
  const words = stageWords.flatMap((each) => each.words.map((word) => [word, each.stage] as const))
  const names = `[${words.map(([word]) => `'${word}'`).join(', ')}]`
  const places = `[${words.map(([, stage]) => stage).join(', ')}]`
  const word = `transform(t, ${names}, ${places}, ${stageOrder.unknown})`
  const one = `if(match(t, '^[0-9]'), toUInt32OrZero(t) + ${stageOrder.firstNumber}, ${word})`
  const later = `if(s[1] >= ${stageOrder.firstNumber}, [toUInt32(${stageOrder.post})], [])`
  // A list of one list gives it a name, so that it is not written twice.
  return `arrayMap(s -> arrayConcat(${later}, s, [toUInt32(${stageOrder.release})]), [
    arrayFilter(s -> s != ${stageOrder.release}, arrayMap(
      t -> toUInt32(${one}),
      extractAll(${ordered}, '[0-9]{1,9}|[a-z]+')
    ))
  ])[1]`
}
