/** Does a declaration end soon? Who collects should decide again before it does. */

export interface Expiry {
  readonly is: 'fine' | 'soon' | 'over'
  readonly says: string
}

/** The field's own habit: reminded thirty days ahead. */
const soonDays = 30

/** `expires` is a day, or words that say why it never does. */
export function expiryOf(expires: string | null, now: Date): Expiry {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(expires ?? '')?.[0]
  if (day === undefined) return { is: 'fine', says: '' }
  const days = Math.ceil((Date.parse(`${day}T23:59:59Z`) - now.getTime()) / 86_400_000)
  if (days <= 0) return { is: 'over', says: `expired ${day}` }
  return days <= soonDays
    ? { is: 'soon', says: `expires in ${days} ${days === 1 ? 'day' : 'days'}` }
    : { is: 'fine', says: '' }
}
