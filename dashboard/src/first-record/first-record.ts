/**
 * How the first record of a product gets here: by its client's own setting, and by one request that
 * can be made at once.
 */

export interface FirstRecord {
  /** How its real client is pointed here. */
  readonly says: string
  /** What to set, where that is one line. */
  readonly setting: string | undefined
  /** A request to try now, in a terminal in the repository. */
  readonly tryNow: string
}

/** `record`: a name that the contract declares. */
export function firstRecordOf(product: string, origin: string, record: string): FirstRecord {
  const fixture = (name: string, path: string, options = ''): string =>
    `tail -n 1 server/src/products/${product}/fixtures/${name}.http | curl -s ` +
    `${options}--data-binary @- ${origin}${path}`
  switch (product) {
    case 'dlt':
      return {
        says: 'Point dlt here, and run any pipeline:',
        setting: `export RUNTIME__DLTHUB_TELEMETRY_ENDPOINT=${origin}/in/dlt`,
        tryNow:
          `curl -s -u dlt: ${origin}/v1/track -d ` +
          '\'{"anonymousId":"first","event":"pipeline_run","properties":{"success":true}}\''
      }
    case 'dblab':
      return {
        says: 'Point the engine here in its server.yml, and restart it:',
        setting: `platform:\n  url: "${origin}/in/dblab"`,
        tryNow: fixture('capture-4.2-engine-started', '/rpc/telemetry_event')
      }
    case 'timescaledb':
      return {
        says:
          'Its address is compiled in: the host name of its telemetry has to lead to this ' +
          'machine, with TLS, as docs/guide/timescaledb.md shows.',
        setting: undefined,
        tryNow: fixture('capture-2.22.1', '/v1/metrics')
      }
    case 'readyset':
      return {
        says:
          'Its address is compiled in: the host name of Segment has to lead to this machine, ' +
          'with TLS, as docs/guide/readyset.md shows.',
        setting: undefined,
        tryNow: fixture('golden-adapter-start', '/v1/track', '-u readyset: ')
      }
    default:
      return {
        says:
          'Any Segment library reports to it, with the product as write key and this address ' +
          'as host.',
        setting: undefined,
        tryNow:
          `curl -s -u ${product}: ${origin}/v1/track -d ` +
          `'{"anonymousId":"first","event":"${record}","properties":{}}'`
      }
  }
}
