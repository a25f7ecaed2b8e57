/** The sources that a client without a package is put together from, and where they lie. */

export type Language = 'typescript' | 'javascript'

/** What other files of a part import stands before it. */
const own = [
  'form',
  'kept',
  'places',
  'consent',
  'reading',
  'recording',
  'bodies',
  'sending',
  'client'
]
const values = [
  'days',
  'windows',
  'coarsening',
  'instants',
  'plain-text',
  'second-net',
  'version-text'
]

export interface Source {
  readonly name: string
  readonly url: URL
}

/** Beside this file: compiled, the texts lie in the package under another name. */
export function sourcesOf(language: Language): readonly Source[] {
  const isBuilt = import.meta.url.endsWith('.js')
  const end = isBuilt && language === 'typescript' ? 'ts.txt' : isBuilt ? 'js' : 'ts'
  const folder = isBuilt ? '../../values' : '../../../../values/src'
  return [
    ...values.map((name) => ({
      name: `values/${name}`,
      url: new URL(`${folder}/${name}.${end}`, import.meta.url)
    })),
    ...own.map((name) => ({ name, url: new URL(`./parts/${name}.${end}`, import.meta.url) }))
  ]
}
