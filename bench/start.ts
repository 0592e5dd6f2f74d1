// What the wasm module costs at start: compiling and instantiating it, each time in a new process.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './statistics.ts'

const ROUNDS = 11
const root = fileURLToPath(new URL('..', import.meta.url))

const SCRIPT = `
  import { readFileSync } from 'node:fs'
  import { initSync } from './wasm/pkg/switchyard.js'
  const bytes = readFileSync('wasm/pkg/switchyard_bg.wasm')
  const started = performance.now()
  initSync({ module: new WebAssembly.Module(bytes) })
  console.log(performance.now() - started)
`

/** Milliseconds from the module's bytes to a ready instance. */
export function measureStart(say: (what: string) => void): Record<string, number> {
  say(`instantiating the module in ${ROUNDS} new processes`)
  const args = ['--input-type=module', '--eval', SCRIPT]
  const times = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })),
  )
  return { 'start.instantiate_ms': median(times) }
}
