/** Where a command says what it has to say: a parameter, so that a test can listen. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  exit(code: number): void
}
