/** Does a declaration end soon? Who collects should decide again before it does. */
import { DAY_MS } from '#values/days'
import { endOf, isExpired } from '#values/expiry'

export interface Expiry {
  readonly is: 'fine' | 'soon' | 'over'
  readonly says: string
}

/** As the digest announces it: a release and a review fit in between. */
const soonDays = 60

/** `expires` is a day, or words that say why it never does. */
export function expiryOf(expires: string | null, now: Date): Expiry {
  const declaration = { expires: expires ?? undefined }
  if (isExpired(declaration, now.getTime())) return { is: 'over', says: `expired ${expires}` }
  const days = Math.ceil((endOf(declaration) - now.getTime()) / DAY_MS)
  return days <= soonDays
    ? { is: 'soon', says: `expires in ${days} ${days === 1 ? 'day' : 'days'}` }
    : { is: 'fine', says: '' }
}
