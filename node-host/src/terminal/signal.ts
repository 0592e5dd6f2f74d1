// What a command does when it is told to end: its last act, and then the exit code that shells expect.

/** A terminal that is closed tells its programs by SIGHUP. */
export const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Does `last` on the first signal to end, then ends. A second signal ends the process as if this were not here. */
export function onSignal(last: () => void): () => void {
  const listeners = Object.entries(EXIT_CODES).map(([signal, code]) => {
    const listener = () => {
      last()
      process.exit(code)
    }
    process.once(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => {
    for (const off of listeners) off()
  }
}

/** Settles on the first signal to end, for what takes its time to. */
export function signalled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of Object.keys(EXIT_CODES)) process.once(signal, () => resolve())
  return promise
}
