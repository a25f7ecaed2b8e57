/**
 * How are SDK and collector broken by hand, to show that the simulation finds it? Each is a patch
 * to one source while it is built; `npm run simulate -- --mutations` tries them all.
 */

interface Mutation {
  readonly name: string
  readonly says: string
  readonly file: string
  /** Once in the file; whoever changes that line changes it here. */
  readonly from: string
  readonly to: string
}

export const mutations: readonly Mutation[] = [
  {
    name: 'unheard-refusal',
    says: 'a running process does not notice that its user said no elsewhere',
    file: 'sdk/src/consent/held-consent.ts',
    from: 'if (found !== this.#stamp) {',
    to: 'if (found === undefined) {'
  },
  {
    name: 'unforgotten-spool',
    says: 'what was recorded before a yes stays where it waits',
    file: 'sdk/src/consent/waiting.ts',
    from: "state.removeAll(state.list('').filter((name) => !waits.test(name)))",
    to: 'void waits'
  },
  {
    name: 'every-level',
    says: 'the SDK sends fields of every level',
    file: 'sdk/src/consent/narrow.ts',
    from: 'return at >= 0 && at <= highest',
    to: 'return at >= 0 || highest > 0'
  },
  {
    name: 'another-report',
    says: 'a report is sent again under another id',
    file: 'sdk/src/deliver/send-bodies.ts',
    from: '    body: body.text,\n    connectMs',
    to: `    body: body.text.replace(/("report":")[0-9a-f]{8}/, (_all, head: string) =>
      head + String(effects.now() % 100_000_000).padStart(8, '0')),\n    connectMs`
  },
  {
    name: 'removed-unheard',
    says: 'a report is forgotten although nobody took it',
    file: 'sdk/src/deliver/send-bodies.ts',
    from: "    case 'keep': {\n",
    to: "    case 'keep': {\n      removeBody(state, body)\n"
  },
  {
    name: 'believed-portal',
    says: 'a hotel’s network that answers 200 counts as a collector',
    file: 'sdk/src/deliver/judge-answer.ts',
    from: '!isObject(body) || !couldBeAccepted(body, asked.text)',
    to: '!isObject(body) || (body !== body && !couldBeAccepted(body, asked.text))'
  },
  {
    name: 'shorter-period',
    says: 'what a collector asks for can shorten a period',
    file: 'sdk/src/deliver/delivery-state.ts',
    from: 'next: place.effects.now() + jittered(periodMs, place.effects, asked)',
    to: 'next: place.effects.now() + jittered(Math.min(periodMs, asked) / 4, place.effects)'
  },
  {
    name: 'one-moment',
    says: 'a period and a pause have the same length everywhere',
    file: 'sdk/src/deliver/delivery-state.ts',
    from: 'const chance = Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32',
    to: 'const chance = Buffer.from(randomBytes(4)).readUInt32BE() * 0'
  },
  {
    name: 'answered-early',
    says: 'the collector answers before its disk has anything',
    file: 'server/src/inbox/group-commit.ts',
    from: 'await this.#databases.commit(() => {',
    to: `await ((write: () => void) =>
      void this.#databases.commit(write).catch(() => undefined))(() => {`
  },
  {
    name: 'unwritten-marks',
    says: 'what makes a second copy known is not written',
    file: 'server/src/inbox/group-commit.ts',
    from: 'void this.#databases.marks.put(key, value)',
    to: 'void [key, value]'
  },
  {
    name: 'loaded-early',
    says: 'a block counts as loaded before the store has it',
    file: 'server/src/storage/jobs/loader.ts',
    from: 'if (block.rows > 0) await insert(incomingName(block.table), block.token, block.lines)',
    to: `await source.loaded(block.token)
      if (block.rows > 0) await insert(incomingName(block.table), block.token, block.lines)`
  },
  {
    name: 'another-token',
    says: 'a block that is tried again has another token',
    file: 'server/src/storage/jobs/loader.ts',
    from: 'if (block.rows > 0) await insert(incomingName(block.table), block.token, block.lines)',
    to: `const token = \`\${block.token}/\${attempts}\`
      if (block.rows > 0) await insert(incomingName(block.table), token, block.lines)`
  },
  {
    name: 'kept-rubbish',
    says: 'a body that can’t be read goes into quarantine with what it held',
    file: 'server/src/collector/malformed.ts',
    from: 'row: undefined,',
    to: 'row: body.toString(),'
  },
  {
    name: 'raw-installations',
    says: 'the id of an installation is kept as it was sent',
    file: 'server/src/collector/secret/keyring.ts',
    from: "return this.#hmac('installation', product, raw)",
    to: "return product === raw ? this.#hmac('installation', product, raw) : (raw as Token)"
  },
  {
    name: 'above-consent',
    says: 'the collector keeps fields above the level that a report states',
    file: 'contract/src/holding/plan.ts',
    from: 'level !== undefined && slot.rank > level',
    to: 'level === -1'
  },
  {
    name: 'never-copied',
    says: 'what was erased stays readable in the inbox’s file',
    file: 'server/src/inbox/open-inbox.ts',
    from: 'if (!this.#mayHoldGone || ',
    to: 'if (this.#mayHoldGone || '
  },
  {
    name: 'any-clock',
    says: 'a clock that jumps by a year is believed, and everything expires',
    file: 'server/src/plausible-clock.ts',
    from: 'if (says <= this.#last + aheadMsMax && says >= this.#last - behindMsMax) {',
    to: 'if (says <= this.#last + 1_000 * aheadMsMax) {'
  },
  {
    name: 'accepted-away',
    says: 'whoever accepts what a notice told is undecided again (found by a seed)',
    file: 'sdk/src/consent/consent.ts',
    from: "decision.because.source === 'default' ? 'notice' : (by ?? 'outside')",
    to: "by ?? 'outside'"
  },
  {
    name: 'read-once',
    says: 'what an older build recorded is not read by the terms of now (found by a seed)',
    file: 'sdk/src/bodies/within-consent.ts',
    from: 'allowed.agreed ?? (isOfThisBuild ? undefined : declared)',
    to: 'allowed.agreed'
  },
  {
    name: 'removed-whole',
    says: 'a report of which a newer build may send less is not sent at all (found by a seed)',
    file: 'sdk/src/deliver/open-delivery.ts',
    from: 'if (text === undefined || isTooLarge',
    to: 'if (text === undefined || text !== body.text || isTooLarge'
  }
]
