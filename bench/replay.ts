// The replay kernel: the same workload built natively and for wasm, run in turns so that both meet the same machine.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { median } from './statistics.ts'

const ROUNDS = 5
const VISITS = 500_000
const root = fileURLToPath(new URL('..', import.meta.url))

/** Visits per second on one thread, natively and in wasm, and their ratio. */
export function measureReplay(say: (what: string) => void): Record<string, number> {
  say(`replaying ${VISITS.toLocaleString('en')} visits ${ROUNDS} times natively and in wasm, in turns`)
  const replay = instantiate()
  const native: number[] = []
  const wasm: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const [perSecond, switches] = runNative()
    const started = performance.now()
    if (replay(VISITS) !== switches) throw new Error('native and wasm replays disagree')
    wasm.push(VISITS / ((performance.now() - started) / 1000))
    native.push(perSecond)
  }
  return {
    'replay.wasm_visits_per_s': Math.round(median(wasm)),
    'replay.native_visits_per_s': Math.round(median(native)),
    'replay.wasm_over_native': median(wasm.map((perSecond, round) => perSecond / (native[round] ?? Number.NaN))),
  }
}

function instantiate(): (visits: number) => number {
  const path = new URL('../target/wasm32-unknown-unknown/release/switchyard_bench.wasm', import.meta.url)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {})
  const replay = exports.replay as (visits: number) => number
  // Once before: builds the market, and lets the engine optimise.
  replay(VISITS)
  return replay
}

/** Visits per second, and how many switched. */
function runNative(): [number, number] {
  const printed = execFileSync(`${root}target/release/switchyard-bench`, [String(VISITS)], { encoding: 'utf8' })
  const [perSecond = Number.NaN, switches = Number.NaN] = printed.split(' ').map(Number)
  return [perSecond, switches]
}
