/** Whom does it speak to, when it may? The declared endpoint and feed, and nobody else. */
import { judge, list, type Check } from './check.ts'
import { runsMax } from './reports.ts'

export const contacts: Check = {
  id: 'contacts',
  says: 'with a yes it contacts its endpoint and feed, and nobody else',
  try: (laboratory) =>
    laboratory.inSandbox(async (sandbox) => {
      const { profile, collector } = laboratory
      const { yes, deliver } = profile
      await laboratory.prepare(sandbox, [yes])
      const seen = new Set<string>()
      for (const behaviour of ['answers', 'answers', 'refuses', 'answers'] as const) {
        await collector.behave(behaviour)
        const { network } = await laboratory.observe(sandbox, [yes])
        for (const contact of network) seen.add(contact)
      }
      for (
        let runs = 0;
        deliver !== undefined && runs < runsMax && collector.count() === 0;
        runs += 1
      ) {
        const { network } = await laboratory.observe(sandbox, [yes, deliver], {
          command: deliver.command
        })
        for (const contact of network) seen.add(contact)
      }
      const reached = seen.delete('connected to the collector')
      seen.delete('asked the feed')
      return judge([
        ...(seen.size > 0 ? [list([...seen])] : []),
        ...(reached ? [] : ['it never contacted its endpoint'])
      ])
    })
}
