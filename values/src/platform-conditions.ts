/** Does what holds only on some platforms hold on this one? */
import { majorOf } from './newest-release.ts'

/** Platform → words or majors that it is about: `{ postgresql: [16, 17], os: ['linux'] }`. */
export type PlatformConditions = Readonly<Record<string, readonly (string | number)[]>>

/** Other spellings of systems and processors, as Go, Node.js and the kernel write them. */
const spellings: Readonly<Record<string, string>> = {
  amd64: 'x64',
  x86_64: 'x64',
  aarch64: 'arm64',
  '386': 'ia32',
  i386: 'ia32',
  i686: 'ia32',
  x86: 'ia32',
  macos: 'darwin',
  win32: 'windows'
}

/** unknown: a platform that counts was not told, so nobody can say no. */
export function holdsOn(
  conditions: PlatformConditions,
  told: Readonly<Record<string, string | undefined>>
): 'yes' | 'no' | 'unknown' {
  const answers = Object.entries(conditions).map(([name, wanted]) => {
    // Names come from a file: `constructor` is no platform.
    const text = Object.hasOwn(told, name) ? told[name] : undefined
    return text === undefined || text === '' ? 'unknown' : isAmong(text, wanted) ? 'yes' : 'no'
  })
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}

/** A number is a major; a word is compared as it is usually spelled. */
function isAmong(text: string, wanted: readonly (string | number)[]): boolean {
  const major = majorOf(text)
  return wanted.some((one) =>
    typeof one === 'number' ? one === major : usual(one) === usual(text)
  )
}

function usual(word: string): string {
  const lower = word.trim().toLowerCase()
  return Object.hasOwn(spellings, lower) ? (spellings[lower] ?? lower) : lower
}
