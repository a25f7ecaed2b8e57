import { environmentParts } from '@candor/contract'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { keepEnvironment, unknownEnvironment } from './environment.ts'

it('keeps declared parts, coarse', () => {
  expect(
    keep({
      class: 'batch',
      automation: 'ci',
      container: true,
      os: 'Linux',
      os_version: '6.18.44-fc-v657',
      arch: 'x64',
      runtime: 'Node v20.20.2',
      cpu: 12
    })
  ).toEqual({
    class: 'batch',
    automation: 'ci',
    container: 'true',
    os: 'linux',
    osVersion: '6.18',
    arch: 'x64',
    runtime: 'node 20.20',
    cpu: 8
  })
})

it('keeps the same the second time, of what is kept whole and of what is not', () => {
  for (const sent of [
    { os_version: '6.8', runtime: 'python 3.11' },
    { os_version: '6.8.0-acme-db7', runtime: 'python 3.11.4+acme' },
    { os_version: 'acme-db7', runtime: 'acme 7' }
  ])
    expect(keep(sent)).toEqual(keep(sent))
  expect(keep({ os_version: '6.8.0-acme-db7', runtime: 'python 3.11.4+acme' })).toMatchObject({
    osVersion: '6.8',
    runtime: 'python 3.11'
  })
})

it.each([
  [1, 1],
  [3, 2],
  [127, 64],
  [128, 128],
  [4_096, 128],
  ['16', 16],
  [0, undefined],
  [4_097, undefined],
  [2.5, undefined],
  ['many', undefined]
])('keeps %j processors as %j', (sent, kept) => {
  expect(keep({ cpu: sent }).cpu).toBe(kept)
})

it('says unknown for what it does not understand, and nothing where a text fits no grammar', () => {
  const sent = {
    class: 'laptop',
    automation: 1,
    container: 'maybe',
    os: 'my host',
    os_version: 'ünï 1',
    arch: 'a'.repeat(33),
    runtime: '/usr/bin/python3 3.1',
    cpu: null
  }
  expect(keep(sent)).toEqual(unknownEnvironment)
  expect(keep(undefined)).toEqual(unknownEnvironment)
})

it('says `other` for a system, an architecture or a runtime that nobody knows: it may be a name', () => {
  expect(keep({ os: 'db1.acme', arch: 'acme-9000', runtime: 'acme 3.1' })).toEqual({
    ...unknownEnvironment,
    os: 'other',
    arch: 'other',
    runtime: 'other'
  })
})

it('keeps nothing that is not declared, and names it', () => {
  const undeclared: string[] = []
  const kept = keepEnvironment({
    sent: { os: 'linux', hostname: 'db1', arch: null },
    declared: ['class'],
    undeclared: (part) => undeclared.push(part)
  })
  expect([kept, undeclared]).toEqual([unknownEnvironment, ['os', 'hostname']])
})

it('never keeps a text outside its grammar, whatever is sent', () => {
  const value = fc.oneof(fc.anything(), fc.string(), fc.string({ unit: 'grapheme', maxLength: 70 }))
  const sent = fc.dictionary(
    fc.oneof(fc.constantFrom(...environmentParts), fc.constant('__proto__'), fc.string()),
    value
  )
  fc.assert(
    fc.property(sent, (parts) => {
      const { os = 'a', osVersion = '1', arch = 'a', runtime = 'a', cpu = 1 } = keep(parts)
      expect(os).toMatch(/^[a-z][a-z0-9_.-]{0,31}$/)
      expect(arch).toMatch(/^[a-z][a-z0-9_.-]{0,31}$/)
      expect(osVersion).toMatch(/^\d{1,6}(\.\d{1,6})?$/)
      expect(runtime).toMatch(/^[a-z][a-z0-9_.+-]{0,15}( \d{1,4}(\.\d{1,4})?)?$/)
      expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(cpu)
    })
  )
})

function keep(sent: Record<string, unknown> | undefined): ReturnType<typeof keepEnvironment> {
  return keepEnvironment({ sent, declared: environmentParts, undeclared: () => undefined })
}
