// What a command does when it is told to end: its last act, and then the exit code that shells expect.

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 }

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
