/** Where does the part that draws come from, when it is wanted? */

/** To be called while an answer is awaited: a third of what the dashboard weighs. */
export const loadEngine = (): Promise<typeof import('./engine.ts')> => import('./engine.ts')
