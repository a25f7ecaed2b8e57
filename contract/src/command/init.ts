/**
 * Scaffolds a product's folder: a contract with comments that a maintainer changes line by line.
 */
import { DAY_MS } from '#values/days'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from './command-error.ts'
import type { World } from './world.ts'

export function addInit(program: Command, world: World): void {
  program
    .command('init')
    .description("scaffold a product's folder with a commented contract")
    .argument('<name>', "the product's name: lower-case letters, digits, dashes")
    .option('--folder <path>', 'where to; default: a folder of that name here')
    .action(async (name: string, options: { readonly folder?: string }) => {
      const folder = options.folder ?? name
      const written = await initProduct({ name, folder, effects: world.effects })
      const next =
        `Edit ${written[0]}, hold it against the rules with \`candor contract check ` +
        `${folder}\`, then name the folder in candor.yaml and restart:\n\n    products: ` +
        `[${folder}]\n`
      world.out(`${written.map((path) => `wrote ${path}`).join('\n')}\n\n${next}`)
    })
}

/**
 * Writes `<folder>/contract.yaml` and README.md; never over an existing file. Returns the paths
 * written.
 */
export async function initProduct({
  name,
  folder,
  effects
}: {
  name: string
  folder: string
  effects: World['effects']
}): Promise<readonly string[]> {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new CommandError(
      'PARAMETER_INVALID',
      `"${name}" can't be a product's name. Use lower-case letters, digits and dashes, a ` +
        'letter first, 40 at most: acme-db'
    )
  }
  await effects.files.mkdir(folder, { recursive: true })
  const written: string[] = []
  for (const [file, content] of [
    [
      'contract.yaml',
      contractFor({
        name,
        schema: await schemaFor(folder, effects),
        expires: inAYear(effects.clock.now())
      })
    ],
    ['README.md', readmeFor(name)]
  ] as const) {
    const path = join(folder, file)
    await effects.files.writeFile(path, content, { flag: 'wx' }).catch((cause: unknown) => {
      throw new CommandError('PARAMETER_INVALID', `${path} exists already; nothing was changed.`, {
        cause
      })
    })
    written.push(path)
  }
  return written
}

/** As 2027-11-20: by then somebody decides anew. */
function inAYear(now: number): string {
  return new Date(now + 365 * DAY_MS).toISOString().slice(0, 10)
}

const schemaFile = join('node_modules', '@candor', 'contract', 'contract.schema.json')

/**
 * Where editors find the contract's schema, from the folder on: as npm has installed it, so that
 * completion works without a network. Where
 * npm will do that later, its project is taken to be the folder that the command runs in, or the
 * product's own.
 */
async function schemaFor(folder: string, { files }: World['effects']): Promise<string> {
  const start = resolve(folder)
  let project = start
  for (let at = start; ; at = dirname(at)) {
    const isThere = await files.stat(join(at, schemaFile)).then(
      (found) => found.isFile(),
      () => false
    )
    if (isThere) {
      project = at
      break
    }
    if (at !== dirname(at)) continue
    const here = resolve('.')
    if (start.startsWith(`${here}${sep}`)) project = here
    break
  }
  const path = relative(start, join(project, schemaFile)).replaceAll(sep, '/')
  return path.startsWith('.') ? path : `./${path}`
}

function contractFor({
  name,
  schema,
  expires
}: {
  name: string
  schema: string
  expires: string
}): string {
  const variable = name.toUpperCase().replaceAll('-', '_')
  return `# yaml-language-server: $schema=${schema}
# What ${name} collects. Users read the page made from this file;
# the collector keeps nothing that is not in it.
candor: 1
product: ${name}
title: ${name}
purpose: Which commands are used, which of them fail, and which versions are alive.
contact: https://example.org/${name}/issues
location: EU                      # where the collected data is stored
recipients:                       # everybody who sees it; adding one asks every user again
  - { name: the ${name} maintainers, where: EU, for: deciding what to build next }
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }

consent:
  default: opt-in                 # opt-in | opt-out (nothing is sent before the notice) | ask
  levels:                         # inclusive, lowest first; a user accepts one
    basic: Which commands run, and how they end.

identity:
  kind: none                      # none | window (days: 7, it rotates) | persistent (random: true)
  says: no id of any kind; two reports cannot be told to come from one installation
# presence: [week, month]         # counts the active without an id: is it the week's first use?

environment: [class, automation, container, os, arch]   # parts of it that may travel

questions:                        # what the data is for; every field serves one
  usage: Which commands deserve our next month?
  failures: Which command fails, since which version?

events:
  command_run:
    when: A command ended, well or badly.
    level: basic
    since: 0.1.0
    owner: maintainers
    expires: ${expires}           # decide anew before; or never, with a reason behind a comma
    serves: [usage, failures]
    fields:
      command:
        type: enum
        values: [build, test, deploy]
        other: collapse
        says: the command's name; unknown ones are sent as "other"
      success: { type: boolean, says: whether it ended well }
      elapsed: { type: duration, unit: s, round: 1 digit, says: how long it ran }

endpoint:                         # where programs report, unless their users name another address
  # The collector on your own machine; before you release, the one that is for everybody.
  default: "http://127.0.0.1:4700"

controls:                         # every way to say no, printed on the page as something to copy
  - { variable: ${variable}_TELEMETRY, off: "off", scope: run }
  - { variable: DO_NOT_TRACK, off: "1", scope: run }

never:                            # said to users, and checked against the fields above
  sdk: [data, credentials, host names, paths, e-mail addresses, IP addresses]
  collector: [data, credentials, host names, paths, e-mail addresses, IP addresses]
`
}

function readmeFor(name: string): string {
  return `# ${name}

\`contract.yaml\` says what ${name} may collect:
users read the page made from it, the collector keeps nothing that is not in it.
Editors that read its first line (in VS Code: the YAML extension) complete and explain its keys.

1. Edit it, and hold it against the rules:

       npx candor contract check .
       npx candor contract risk .

2. Write what follows from it: the page for users, and the typed client for your program.
   Commit both; \`--check\` says in CI when they are stale.

       npx candor contract generate disclosure . --out TELEMETRY.md
       npx candor contract generate typescript . --out telemetry.ts

3. Name this folder under \`products:\` in \`candor.yaml\` and restart the collector.
   ${name} then reports on the native wire (\`POST /v1/reports\`),
   and with any Segment client whose write key is \`${name}\`. Watch a record arrive:

       npx candor tail --product ${name} &
       curl -u ${name}: -H 'Content-Type: application/json' http://127.0.0.1:4700/v1/track \\
         -d '{"anonymousId":"a-random-id","event":"command_run",
              "properties":{"command":"build","success":true,"elapsed":2.2}}'
       npx candor ask events --product ${name}

4. Before each change is merged, read what it asks of users:

       npx candor contract diff main:./contract.yaml .
`
}
