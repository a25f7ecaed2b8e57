/**
 * Which distribution does PRETTY_NAME name? Words of a fixed list, so that nobody's own build has a
 * name in a report.
 */

const releases: readonly (readonly [word: string, begins: string, majors: readonly number[]])[] = [
  ['debian', 'Debian GNU/Linux', [10, 11, 12, 13, 14]],
  ['ubuntu', 'Ubuntu', [18, 20, 22, 24, 26]],
  ['alpine', 'Alpine Linux v', [3]],
  ['rhel', 'Red Hat Enterprise Linux', [7, 8, 9, 10]],
  ['centos', 'CentOS (?:Linux|Stream)', [7, 8, 9, 10]],
  ['rocky', 'Rocky Linux', [8, 9, 10]],
  ['alma', 'AlmaLinux', [8, 9, 10]],
  ['oracle', 'Oracle Linux Server', [7, 8, 9, 10]],
  ['amazon', 'Amazon Linux', [2, 2023]],
  ['fedora', 'Fedora', []],
  ['opensuse', 'openSUSE', []],
  ['sles', 'SUSE Linux Enterprise', []],
  ['arch', 'Arch Linux', []],
  ['nixos', 'NixOS', []]
]

/** Word to pattern, the finer ones first: as a contract's `matches`. */
export function distributionMatches(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    releases.flatMap(([word, begins, majors]) => [
      ...majors.map((major) => [`${word}_${major}`, `^${begins} ?${major}(?:[. ]|$)`]),
      [word, `^${begins}`]
    ])
  )
}
