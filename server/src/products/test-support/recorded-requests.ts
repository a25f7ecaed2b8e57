/** Old place of the recorded requests. */
export * from '../recorded-requests.test-support.ts'
