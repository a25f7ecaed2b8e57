import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgePattern } from './pattern-safety.ts'

describe('patterns for whole texts', () => {
  it.each([
    '^[0-9a-f]{40}$',
    '^q_[0-9a-f]{1,16}$',
    '^(dev|unknown-commit-id|[0-9a-f]{40})$',
    '^v?[0-9]+(\\.[0-9]+)*$',
    '^[a-z_]+\\.[a-z0-9_]+\\([a-z0-9_, ."]*\\)$',
    '^[0-9A-Z]{5}$',
    '^[A-Za-z0-9_.]{0,20}$',
    '^$',
    '^(?:a|b)+$',
    '^\\d{4}-\\d{2}(-\\d{2}){0,3}$',
    '^(x[0-9]{0,5}y){2}$',
    '^[0-9]{1,4}([.][0-9]{1,4}){0,3}$',
    '^([a-z]{1,3}){1,4}$',
    '^(?<major>[0-9]+)\\.x$'
  ])('are taken: %s', (pattern) => {
    expect(judgePattern(pattern, 'whole').is).toBe('safe')
  })

  it.each(['a', '^a', 'a$', '^a|b$', '^a$|^b$', '^a\\$', '.*', '', '(^a$)', '^[a$]'])(
    'need both anchors: %s',
    (pattern) => {
      expect(judgePattern(pattern, 'whole').is).toBe('unbounded')
    }
  )

  it.each([
    '^(a+)+$',
    '^(a*)*$',
    '^(a+){2,}$',
    '^([a-z]+)*$',
    '^([a-z]+\\.?)*$',
    '^(a|a)*$',
    '^(a|ab)*$',
    '^(.*)*$',
    '^((a+)b?)*$',
    '^(a?){50}$',
    '^(\\w\\w*)+$',
    '^.*.*.*.*$',
    '^\\w*\\d*\\w*\\d*x$',
    '^(?=a)b$',
    '^(a)\\1$',
    '^(?<!a)b$',
    '^[a$',
    '^a{$',
    '^\\q$',
    `^${'('.repeat(30)}a${')'.repeat(30)}$`
  ])(
    'are refused when a text could make them slow, or when they cannot be judged: %s',
    (pattern) => {
      expect(judgePattern(pattern, 'whole').is).toBe('invalid')
    }
  )
})

describe('patterns for parts of texts', () => {
  it.each([
    'Pool to perform',
    '^unsupported: ',
    'full-refresh$',
    '^pending$',
    '^Failed .*: ',
    '^unsupported:.*placeholder',
    'a|b',
    '^$'
  ])('are taken with or without anchors: %s', (pattern) => {
    expect(judgePattern(pattern, 'part').is).toBe('safe')
  })

  it.each(['(a+)+', 'a.*b.*c', '.*a.*', '(x+x+)+y'])(
    'are refused when a long text could make them slow: %s',
    (pattern) => {
      expect(judgePattern(pattern, 'part').is).toBe('invalid')
    }
  )
})

it('no pattern makes the judge throw, and what it takes is a regular expression', () => {
  const piece = fc.constantFrom(
    '^',
    '$',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '+',
    '?',
    '|',
    '\\',
    '.',
    'a',
    'b',
    '1',
    ',',
    '2',
    '(?:',
    '\\d',
    '[a-z]',
    '-'
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 20 }).map((each) => each.join(''))
      ),
      fc.constantFrom('whole', 'part'),
      (pattern, matches) => {
        const judgement = judgePattern(pattern, matches)
        if (judgement.is === 'safe')
          expect(judgement.expression.source).toBe(new RegExp(pattern, 'u').source)
      }
    )
  )
})

it('no pattern that is taken can be made slow: each answers on the texts that hurt most, where others would not in a lifetime', () => {
  const atoms = fc.constantFrom(
    'a',
    'a*',
    'a+',
    'a?',
    '[ab]*',
    '(a)*',
    '(ab)*',
    '(a|b)*',
    '(ba*)*',
    '(a?)',
    '(a*b?)',
    'a{0,9}',
    '(a{1,3}){2,5}',
    'b',
    '.'
  )
  const texts = ['a'.repeat(255), 'ab'.repeat(127), 'b'.repeat(255)].map((text) => `${text}!`)
  fc.assert(
    fc.property(fc.array(atoms, { minLength: 1, maxLength: 12 }), (parts) => {
      const judgement = judgePattern(`^${parts.join('')}$`, 'whole')
      if (judgement.is === 'safe')
        for (const text of texts) expect(judgement.expression.test(text)).toBeTypeOf('boolean')
    }),
    { numRuns: 300 }
  )
})
