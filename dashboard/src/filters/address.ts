/** The address of a question in Explore, within the view that the reader has. */
import type { Parameters } from '../api/client.ts'
import { writeView, type View } from './view.ts'

export function exploreAddress(view: View, question: string, own: Parameters = {}): string {
  const query = new URLSearchParams(writeView(view))
  query.set('question', question)
  for (const [name, value] of Object.entries(own))
    if (value !== undefined && value !== '') query.set(name, value)
  return `/explore?${query.toString().replaceAll('%2C', ',')}`
}
