/** Writes each way to say no, or to see, as something to copy. */
import type { Control } from '../../form/contract.ts'
import type { Block } from './document.ts'
import { code } from '../type-words.ts'

/**
 * off: says no. on: takes a no back. less: something is sent still. show: only shows. ignored: what
 * users may expect to work and what does not.
 */
export type ControlUse = 'off' | 'on' | 'less' | 'show' | 'ignored'

export function useOf(control: Control): ControlUse {
  if (control['honoured'] === false) return 'ignored'
  if (control['does'] === 'on') return 'on'
  if (control['status'] !== undefined || control['preview'] !== undefined) return 'show'
  // A variable that has no word for "off" only gives something away when it is set.
  const isPartial =
    control['keeps'] !== undefined ||
    (control['variable'] !== undefined && control['off'] === undefined)
  return isPartial ? 'less' : 'off'
}

export function controlBlocks(control: Control): readonly Block[] {
  return [
    { is: 'paragraph', text: sentencesOf(control).join(' ') },
    ...commandsOf(control).map(({ language, text }): Block => ({ is: 'code', language, text }))
  ]
}

/** The names in it, each for whoever looks for one. */
export function nameOf(control: Control): string {
  return (
    textsOf(control, [
      'variable',
      'flag',
      'key',
      'setting',
      'build',
      'policy',
      'image',
      'api',
      'url',
      'command',
      'sql',
      'status',
      'preview',
      'file'
    ])[0] ?? ''
  )
}

const told = new Set(
  (
    'variable flag key setting build policy image api url command sql status preview file off ' +
    'does project scope since until was says also keeps honoured'
  ).split(' ')
)

function sentencesOf(control: Control): readonly string[] {
  const text = (key: string): string | undefined =>
    control[key] === undefined ? undefined : String(control[key])
  const sentences: string[] = []
  const [since, until, scope] = [text('since'), text('until'), text('scope')]
  const versions = [
    since === undefined ? '' : ` from ${since} on`,
    until === undefined ? '' : ` up to ${until}`
  ].join('')
  const head = `${headOf(control)}${scope === undefined ? '' : ` (for the ${scope})`}${versions}`
  if (text('says') !== undefined) sentences.push(sentence(text('says') ?? ''))
  if (text('also') !== undefined) sentences.push(sentence(text('also') ?? ''))
  if (text('keeps') !== undefined) sentences.push(`Still sent then: ${text('keeps')}.`)
  if (text('was') !== undefined) sentences.push(`Earlier releases: ${code(text('was') ?? '')}.`)
  for (const [key, value] of Object.entries(control))
    if (!told.has(key)) sentences.push(`${key.replaceAll('_', ' ')}: ${String(value)}.`)
  // What begins with a name in small letters is no new sentence.
  return /^\P{Ll}/u.test(sentences[0] ?? '')
    ? [`${head}.`, ...sentences]
    : [`${head}:`, ...sentences]
}

function headOf(control: Control): string {
  const name = code(nameOf(control))
  if (control['status'] !== undefined) return 'See whether it is on'
  if (control['preview'] !== undefined) return 'See what would be sent'
  if (control['variable'] !== undefined) return `The environment variable ${name}`
  if (control['flag'] !== undefined) return `The flag ${name}`
  if (control['key'] !== undefined) {
    const file = control['file'] === undefined ? '' : ` in ${code(String(control['file']))}`
    return `The setting ${name}${file}`
  }
  return control['sql'] === undefined ? `With ${name}` : 'In SQL'
}

function commandsOf(
  control: Control
): readonly { readonly language: string; readonly text: string }[] {
  const off = control['off']
  const at = (key: string): string | undefined =>
    control[key] === undefined ? undefined : String(control[key])
  const [variable, flag, key, file] = [at('variable'), at('flag'), at('key'), at('file')]
  if (variable !== undefined)
    return [
      {
        language: 'sh',
        text:
          off === undefined ? `unset ${variable}` : `export ${variable}=${shellText(String(off))}`
      }
    ]
  if (flag !== undefined)
    return [
      { language: 'sh', text: off === undefined ? flag : `${flag}=${shellText(String(off))}` }
    ]
  if (key !== undefined && off !== undefined) return [settingText(key, off, file)]
  const sql = at('sql')
  if (sql !== undefined) return [{ language: 'sql', text: sql }]
  for (const [name, text] of Object.entries(control)) {
    if (
      ![
        'status',
        'preview',
        'command',
        'build',
        'image',
        'api',
        'url',
        'setting',
        'policy'
      ].includes(name)
    )
      continue
    return [{ language: languageOf(String(text)), text: String(text) }]
  }
  return []
}

function languageOf(text: string): string {
  if (/^(?:SHOW|SELECT|ALTER|CALL)\b/.test(text)) return 'sql'
  return /^(?:GET|POST|PUT|DELETE) /.test(text) ? 'http' : 'sh'
}

/** In the language of the file that holds it. */
function settingText(
  key: string,
  off: string | number | boolean,
  file: string | undefined
): { readonly language: string; readonly text: string } {
  const keys = key.split('.')
  if (file !== undefined && /\.ya?ml$/.test(file)) {
    const lines = keys.map((each, depth) => `${'  '.repeat(depth)}${each}:`)
    return {
      language: 'yaml',
      text: `# ${file}\n${lines.join('\n')} ${typeof off === 'string' ? JSON.stringify(off) : off}`
    }
  }
  if (file?.endsWith('.toml') === true) {
    const section = keys.slice(0, -1).join('.')
    const value = typeof off === 'string' ? JSON.stringify(off) : off
    return {
      language: 'toml',
      text: `# ${file}\n${section === '' ? '' : `[${section}]\n`}${keys.at(-1)} = ${value}`
    }
  }
  if (file?.endsWith('.json') === true) {
    const nested = keys.reduceRight<unknown>((inner, each) => ({ [each]: inner }), off)
    return { language: 'json', text: JSON.stringify(nested, null, 2) }
  }
  return { language: 'ini', text: `${file === undefined ? '' : `# ${file}\n`}${key} = ${off}` }
}

function shellText(text: string): string {
  return /^[\w./:-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? capital(trimmed) : `${capital(trimmed)}.`
}

export function capital(text: string): string {
  // A name such as `engine.telemetry` stays as it is.
  return text.replace(/^\p{Ll}(?=[\p{L}'’]*[\s,;:])/u, (letter) => letter.toUpperCase())
}

function textsOf(control: Control, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => (control[key] === undefined ? [] : [String(control[key])]))
}
