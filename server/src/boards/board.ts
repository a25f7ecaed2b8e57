/**
 * What readers keep of their own: boards of chosen cards, notes on days, and filters with a name.
 */
import { z } from 'zod'

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be small letters, digits and dashes, 40 at most')
const title = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have 80 characters at most')
const product = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be the name of a product')
const day = z.iso.date('must be a day such as 2026-11-20')
const span = z.string().regex(/^([1-9]\d{0,3}[dwmy]|\d{4}-\d{2}-\d{2})$/, 'must be such as 30d')
const parameters = z.record(
  z.string().regex(/^[a-z_]{1,40}$/, 'must be names of parameters'),
  z.string().max(500, 'must be short')
)

/** More is a page that nobody reads, and each card is a question to the store. */
const cardsMax = 24

export const boardSchema = z.strictObject({
  name,
  title,
  product,
  /** How far back its cards look where they do not say themselves. */
  since: span.default('30d'),
  cards: z
    .array(
      z.strictObject({
        question: name,
        title: title.optional(),
        parameters: parameters.default({})
      })
    )
    .min(1, 'must have a card')
    .max(cardsMax, `must have ${cardsMax} cards at most`)
})
export type Board = z.infer<typeof boardSchema>

export const annotationSchema = z.strictObject({
  /** Undefined: it concerns every product. */
  product: product.optional(),
  day,
  says: z.string().trim().min(1, 'must not be empty').max(200, 'must have 200 characters at most')
})
export type Annotation = z.infer<typeof annotationSchema> & {
  readonly id: string
  /** Who wrote it: `operator`, or the name of a token. */
  readonly by: string
}

export const segmentSchema = z.strictObject({ name, title, product, filters: parameters })
export type Segment = z.infer<typeof segmentSchema>
