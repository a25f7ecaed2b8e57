/**
 * Which parts of a sender's environment are kept, and how coarse: only declared ones, only in a
 * bounded grammar.
 */
import type { EnvironmentPart } from '@candor/contract'
import type { KeptEnvironment } from '../record.ts'

const classes = ['interactive', 'service', 'batch', 'unknown'] as const
const automations = ['none', 'ci', 'agent', 'test', 'unknown'] as const
const containers = ['true', 'false', 'unknown'] as const
const OTHER = 'other'
const CPU_MAX = 4_096
const CPU_BUCKET_MAX = 128

// A word that nobody knows may be a machine's or a company's name, so it is only told that it was
// another one.
const systems = words(
  'linux darwin macos windows win32 freebsd openbsd netbsd dragonfly sunos solaris illumos ' +
    'aix android ios ipados haiku wasi cygwin'
)
const architectures = words(
  'x64 x86_64 amd64 x86 ia32 i386 i686 arm64 aarch64 arm armv5 armv6 armv6l armv7 armv7l ' +
    'armv8 ppc ppc64 ppc64le s390 s390x riscv64 loong64 mips mips64 wasm32'
)
const runtimes = words(
  'node deno bun python cpython pypy graalpy go rust java jvm openjdk graalvm kotlin scala ' +
    'ruby jruby truffleruby php hhvm dotnet mono swift erlang elixir beam perl lua luajit ' +
    'julia r dart haskell ocaml zig browser electron wasm'
)
const word = /^[a-z][a-z0-9_.-]{0,31}$/
const osVersion = /^[A-Za-z0-9 ._+~()#:,/-]{1,64}$/
const runtime =
  /^([a-z][a-z0-9_.+-]{0,15})(?:[ /]v?(\d{1,4})(?:\.(\d{1,4}))?[A-Za-z0-9.+_-]{0,40})?$/

/**
 * `undeclared` is called with the name of each part that was sent but may not travel. Values that
 * fit no grammar are left out.
 */
export function keepEnvironment({
  sent,
  declared,
  undeclared
}: {
  readonly sent: Readonly<Record<string, unknown>> | undefined
  readonly declared: readonly EnvironmentPart[]
  readonly undeclared: (part: string, value: unknown) => void
}): KeptEnvironment {
  if (sent === undefined) return unknownEnvironment
  const kept: KeptParts = { class: 'unknown', automation: 'unknown', container: 'unknown' }
  for (const part of Object.keys(sent)) {
    const value = sent[part]
    if (value === undefined || value === null) continue
    if (isDeclared(part, declared)) keepPart(kept, part, value)
    else undeclared(part, value)
  }
  return kept
}

export const unknownEnvironment: KeptEnvironment = Object.freeze({
  class: 'unknown',
  automation: 'unknown',
  container: 'unknown'
})

type KeptParts = { -readonly [Part in keyof KeptEnvironment]: KeptEnvironment[Part] }

function isDeclared(part: string, declared: readonly string[]): part is EnvironmentPart {
  return declared.includes(part)
}

function keepPart(kept: KeptParts, part: EnvironmentPart, value: unknown): void {
  switch (part) {
    case 'class':
      kept.class = oneOf(classes, value)
      return
    case 'automation':
      kept.automation = oneOf(automations, value)
      return
    case 'container':
      kept.container = oneOf(containers, typeof value === 'boolean' ? `${value}` : value)
      return
    case 'os': {
      const os = wordOf(systems, value)
      if (os !== undefined) kept.os = os
      return
    }
    case 'os_version': {
      const release = shortText(value, osVersionIn)
      if (release !== undefined) kept.osVersion = release
      return
    }
    case 'arch': {
      const arch = wordOf(architectures, value)
      if (arch !== undefined) kept.arch = arch
      return
    }
    case 'runtime': {
      const engine = shortText(value, runtimeIn)
      if (engine !== undefined) kept.runtime = engine
      return
    }
    case 'cpu': {
      const cpu = cpuOf(value)
      if (cpu !== undefined) kept.cpu = cpu
    }
  }
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | 'unknown' {
  return words.find((each) => each === value) ?? 'unknown'
}

function wordOf(known: ReadonlySet<string>, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 32) return undefined
  const lower = value.toLowerCase()
  if (known.has(lower)) return lower
  return word.test(lower) ? OTHER : undefined
}

/** More than all that is current; whatever comes beyond is read anew each time. */
const rememberedMax = 1_000

/**
 * Remembers which texts are kept just as they came, so that they are read once. Only those: of all
 * others something would stay in memory that is not kept.
 */
export function readOnce(
  read: (text: string) => string | undefined
): (text: string) => string | undefined {
  const keptWhole = new Set<string>()
  return (text) => {
    if (keptWhole.has(text)) return text
    const kept = read(text)
    if (kept === text && keptWhole.size < rememberedMax) keptWhole.add(text)
    return kept
  }
}

// A kernel's full version tells one machine from another; its first two numbers don't.
const osVersionIn = readOnce((text) => {
  if (!osVersion.test(text)) return undefined
  const [, major, minor] = /(\d{1,6})(?:\.(\d{1,6}))?/.exec(text) ?? []
  return major === undefined ? undefined : minor === undefined ? major : `${major}.${minor}`
})

const runtimeIn = readOnce((text) => {
  const [, name, major, minor] = runtime.exec(text.toLowerCase()) ?? []
  if (name === undefined) return undefined
  if (!runtimes.has(name)) return OTHER
  return major === undefined
    ? name
    : minor === undefined
      ? `${name} ${major}`
      : `${name} ${major}.${minor}`
})

function shortText(value: unknown, read: (text: string) => string | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 64 ? read(value) : undefined
}

function cpuOf(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > CPU_MAX)
    return undefined
  return Math.min(CPU_BUCKET_MAX, 2 ** Math.floor(Math.log2(count)))
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}
