/**
 * What a product's public page says, and what its clients do instead: `page.yaml` of its folder,
 * for the comparison in docs/reference/products.
 */
import { parse } from 'yaml'
import { z } from 'zod'

const unsaid = z.strictObject({
  client: z.string(),
  /** What the collector makes of it; what the contract says of the proofs is added. */
  kept: z.string().optional(),
  /** Where we differ on purpose, and why. */
  differs: z.string().optional(),
  proof: z.array(z.string()).default([]),
  /**
   * What shows it: a file of this repository (a fixture, a page of observations), or a test by its
   * file and the beginning of its name.
   */
  shown: z.array(z.string()).default([])
})
const schema = z.strictObject({
  page: z.string(),
  /** A program of ours that lives the client's life, as a link from the comparison. */
  program: z.string().optional(),
  statements: z.array(
    unsaid.extend({
      says: z.string(),
      verdict: z.enum(['still true', 'outdated', 'wrong']),
      /** What a program of ours does in the client's place, beginning with whether that holds. */
      program: z
        .string()
        .regex(/^(?:Holds|Holds in part|Does not hold): ./)
        .optional(),
      /** What shows that, where `shown` says nothing of the program. */
      program_shown: z.array(z.string()).optional()
    })
  ),
  unsaid: z.array(unsaid),
  switches: z.array(
    z.strictObject({
      page: z.string(),
      works: z.string(),
      now: z.string(),
      since: z.string().optional()
    })
  ),
  /** What shows each switch, by what works now. */
  switches_shown: z.record(z.string(), z.array(z.string())).default({})
})

export type PublicPage = z.infer<typeof schema>

/** `path`, or `path: the beginning of a test's name`. */
export function readShown(shown: string): {
  readonly path: string
  readonly test: string | undefined
} {
  const [, path = shown, test] = /^(\S+\.test(?:-support)?\.ts): (.+)$/.exec(shown) ?? []
  return { path, test }
}

export function readPublicPage(text: string): PublicPage {
  return schema.parse(parse(text))
}
