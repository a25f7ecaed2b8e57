/**
 * JSON as an attacker writes it: duplicate and poisonous keys, numbers beyond all bounds, broken
 * text, put anywhere into real reports.
 */
import * as fc from 'fast-check'

const poisonousKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'hasOwnProperty',
  'then',
  'length',
  'valueOf',
  '0',
  '-1',
  '',
  'a.b',
  'fields',
  'properties',
  'context',
  'batch',
  'runs',
  'records'
].map((key) => JSON.stringify(key))

const key = fc.oneof(
  fc.constantFrom(...poisonousKeys, '"\\u0000"', '"\\ud800"', '"\\u005f_proto__"', '"\\n\\r"'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text))
)

const atom = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '-0',
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740993',
    `1${'0'.repeat(400)}`,
    '0.1'
  ),
  fc.constantFrom(
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '""',
    '" "',
    '"NaN"',
    '"-1"',
    '"Infinity"',
    '"1e400"',
    '"0x10"'
  ),
  fc.constantFrom(
    '"9999-12-31T23:59:59.999Z"',
    '"-000001-01-01T00:00:00Z"',
    '"+275760-09-13T00:00:00.001Z"',
    '"2026-02-30T25:61:61Z"',
    '-1',
    '253402300799999',
    '8640000000000001'
  ),
  fc.constantFrom(
    `"${'x'.repeat(70_000)}"`,
    `"${'\\u0000'.repeat(300)}"`,
    '"\u202E\u2066"',
    '"%00"',
    '"\'; DROP TABLE records; --"'
  ),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => JSON.stringify(text)),
  fc.double().map((number) => (Number.isFinite(number) ? String(number) : '1e999'))
)

/** The text of a JSON value that no honest program writes. Keys may come twice. */
export const hostileJson: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc.array(tie('value'), { maxLength: 5 }).map((values) => `[${values.join(',')}]`),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 6 })
      .map((pairs) => `{${pairs.map((pair) => pair.join(':')).join(',')}}`)
  )
})).value

const hole = '@@HOLE@@'

/**
 * A real report with hostile values in some of its places, and sometimes hostile keys beside its
 * own.
 */
export function damaged(reports: readonly unknown[]): fc.Arbitrary<string> {
  const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 8 })
  const damage = fc.tuple(choices, hostileJson, fc.option(key, { nil: undefined }))
  return fc
    .tuple(fc.constantFrom(...reports), fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([report, damages]) => {
      let text = JSON.stringify(report)
      for (const [path, value, extraKey] of damages) {
        const copy: unknown = parsed(text)
        if (copy === undefined) return text
        const withHole = JSON.stringify(dig(copy, path, extraKey))
        text = withHole.replace(JSON.stringify(hole), () => value)
      }
      return text
    })
}

/** Puts a hole where the choices lead: at a value, or under a new key beside it. */
function dig(
  node: unknown,
  [choice, ...further]: readonly number[],
  extraKey: string | undefined
): unknown {
  if (typeof node !== 'object' || node === null || choice === undefined) return hole
  if (Array.isArray(node) && node.length === 0) return [hole]
  const names = Object.keys(node)
  const name = names[choice % Math.max(1, names.length)]
  const inside = node as Record<string, unknown>
  if (
    name === undefined ||
    (further.length === 0 && extraKey !== undefined && !Array.isArray(node))
  ) {
    // Not an assignment: that would set the prototype for `__proto__`.
    Object.defineProperty(inside, JSON.parse(extraKey ?? '"x"') as string, {
      value: hole,
      enumerable: true,
      configurable: true
    })
    return node
  }
  inside[name] = dig(inside[name], further, extraKey)
  return node
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
