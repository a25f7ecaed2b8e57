/** A hundred small products: each counts which of its commands are used, and how they end. */

export function productName(index: number): string {
  return `tool-${String(index).padStart(3, '0')}`
}

/** As `candor init` writes it, with installations that are counted over time. */
export function contractOf(index: number): string {
  const name = productName(index)
  return `candor: 1
product: ${name}
title: Tool ${index}
purpose: Which commands are used, which of them fail, and which versions are alive.
contact: https://example.org/${name}/issues
location: EU
recipients:
  - { name: the maintainers of ${name}, where: EU, for: deciding what to build next }
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent:
  default: opt-in
  levels:
    basic: Which commands run, and how they end.
identity:
  kind: persistent
  random: true
  says: a random id of this installation
environment: [class, automation, container, os, arch]
questions:
  usage: Which commands deserve our next month?
  failures: Which command fails, since which version?
events:
  command_run:
    when: A command ended, well or badly.
    level: basic
    since: 0.1.0
    owner: maintainers
    expires: never, the bench runs whenever it is asked to
    serves: [usage, failures]
    fields:
      command:
        type: enum
        values: [build, test, deploy]
        other: collapse
        says: the command's name; unknown ones are sent as "other"
      success: { type: boolean, says: whether it ended well }
      elapsed: { type: duration, unit: s, round: 1 digit, says: how long it ran }
endpoint:
  default: "http://127.0.0.1:4700"
controls:
  - { variable: TOOL_${index}_TELEMETRY, off: "off", scope: run }
  - { variable: DO_NOT_TRACK, off: "1", scope: run }
never:
  sdk: [data, credentials, host names, paths, e-mail addresses, IP addresses]
  collector: [data, credentials, host names, paths, e-mail addresses, IP addresses]
`
}
