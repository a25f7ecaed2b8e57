/**
 * In which order do versions stand that the world writes? The table that every implementation of
 * that order is held to.
 */

/** Each line oldest first; versions that count as the same release share a group. */
export const versionsInOrder: readonly (readonly (readonly string[])[])[] = [
  // Public reports of programs that sorted these wrongly.
  [['1.0.0-rc.9'], ['1.0.0-rc.10'], ['1.0.0']],
  [['2.1.0-beta01'], ['2.1.0']],
  [['3.11.0'], ['3.12.0rc1'], ['3.12.0']],
  [['24.10.0-rc1'], ['24.10.0-rc3'], ['24.10.0'], ['24.10.1'], ['24.10.2']],
  [['0.3.1'], ['0.3.2'], ['0.3.10'], ['0.9.0-rc1'], ['0.9.0']],
  [['v1.18.2-rc3+k3s1'], ['v1.18.2+k3s1', '1.18.2', '1.18.2+k3s2']],
  [['7.24beta1'], ['7.24beta2'], ['7.24rc1'], ['7.24']],
  [['1.18-pre7'], ['1.18-rc1'], ['1.18'], ['1.18.2']],
  [['16.0.3-canary.2'], ['16.0.3-canary.10'], ['16.0.3']],
  [['1.5.0-nightly.20240101'], ['1.5.0-nightly.20240102'], ['1.5.0']],
  [['2024.9.30'], ['2024.10.1'], ['2026.4.2']],
  // Stages, in each spelling.
  [
    ['1.0.0-dev', '1.0.0.dev', '1.0.0-SNAPSHOT'],
    ['1.0.0.dev3', '1.0.0-dev3', '1.0.0-dev.3'],
    ['1.0.0-alpha', '1.0.0a'],
    ['1.0.0-alpha.1', '1.0.0a1', '1.0.0-alpha1'],
    ['1.0.0-beta', '1.0.0b'],
    ['1.0.0-beta.2', '1.0.0b2'],
    ['1.0.0-beta.11', '1.0.0b11'],
    ['1.0.0-acme', '1.0.0-preview'],
    ['1.0.0-acme.7', '1.0.0-preview7'],
    ['1.0.0-rc', '1.0.0RC'],
    ['1.0.0-rc.1', '1.0.0rc1', '1.0.0-RC1', '1.0.0.rc1', '1.0.0_rc1', '1.0.0c1'],
    ['1.0.0-rc.2'],
    ['1.0.0rc10', '1.0.0-rc.10'],
    ['1.0.0', '1', '1.0', 'v1.0.0', 'V1.0', '1.0.0.0', '1.0.0.RELEASE', '1.0.0-ga', '1.0.0+build'],
    ['1.0.0.post1', '1.0.0-post1', '1.0.0-1', '1.0.0-r1', '1.0.0-p1'],
    ['1.0.0.post2', '1.0.0-2'],
    ['1.0.0.1'],
    ['1.0.1-rc1'],
    ['1.0.1']
  ],
  // Stages of stages, as Python writes them.
  [
    ['1.0a1.dev3'],
    ['1.0a1'],
    ['1.0rc1.post2.dev3'],
    ['1.0rc1.post2'],
    ['1.0.post1.dev4'],
    ['1.0.post1']
  ],
  // What git describes, and builds with their day.
  [['2.5.0'], ['2.5.0-26-g5d01005'], ['2.5.0-27-gabcdef0'], ['2.5.1']],
  [
    ['v4.2.0-rc.2'],
    ['v4.2.0-rc.3-20260721-1407'],
    ['v4.2.0-rc.3-20260722-0900'],
    ['v4.2.0'],
    ['v4.2.0-0.1', 'v4.2.0-0.1+acme']
  ],
  [['1.2'], ['1.2.0.1'], ['1.3']],
  [['1.26.1a0'], ['1.26.1']],
  [['2.27.0'], ['2.27.0-p0', '2.27.0.post0'], ['2.27.1']],
  [['1.2.3.4.5.6.7.7'], ['1.2.3.4.5.6.7.8']]
]

/** Every two of a line, with the sign of their order. */
export const versionPairs: readonly {
  readonly one: string
  readonly other: string
  readonly order: -1 | 0 | 1
}[] = versionsInOrder.flatMap((line) => {
  const placed = line.flatMap((group, place) => group.map((text) => ({ text, place })))
  return placed.flatMap((one) =>
    placed.map((other) => ({
      one: one.text,
      other: other.text,
      order: Math.sign(one.place - other.place) as -1 | 0 | 1
    }))
  )
})

/** Texts that are no versions. */
export const noVersions: readonly string[] = [
  '',
  'main',
  'a.b.c',
  'v',
  '!@#$%',
  ' 10 ',
  '10.',
  '1.0.0-',
  '99999999999999999999999',
  `2.0.0-${'x'.repeat(128)}`
]
