// The replay kernel: the same workload built natively and for wasm and written with numpy, run in turns so that all meet the same
// machine.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { numpyProgram } from '../setup/python.mjs'
import { median } from './statistics.ts'

const ROUNDS = 7
const VISITS = 500_000
const root = fileURLToPath(new URL('..', import.meta.url))

/** Visits per second on one thread, in wasm, natively and with numpy, and the first over each of the others. */
export function measureReplay(say: (what: string) => void): Record<string, number> {
  say(`replaying ${VISITS.toLocaleString('en')} visits ${ROUNDS} times in wasm, natively and with numpy, in turns`)
  const replay = instantiate()
  const rounds: Record<'wasm' | 'native' | 'numpy', number>[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const native = printed(`${root}target/release/switchyard-bench`, [])
    const started = performance.now()
    if (replay(VISITS) !== native.switches) throw new Error('native and wasm replays disagree')
    const wasm = VISITS / ((performance.now() - started) / 1000)
    const numpy = printed(numpyProgram, ['bench/replay.py'])
    // Its random numbers are others: five standard deviations of a sum of choices, at most.
    if (Math.abs(numpy.switches - native.switches) > 5 * Math.sqrt(VISITS / 4)) throw new Error('numpy replays something else')
    rounds.push({ wasm, native: native.perSecond, numpy: numpy.perSecond })
  }
  const of = (what: 'wasm' | 'native' | 'numpy') => Math.round(median(rounds.map((round) => round[what])))
  return {
    'replay.wasm_visits_per_s': of('wasm'),
    'replay.native_visits_per_s': of('native'),
    'replay.numpy_visits_per_s': of('numpy'),
    'replay.wasm_over_native': median(rounds.map(({ wasm, native }) => wasm / native)),
    'replay.wasm_over_numpy': median(rounds.map(({ wasm, numpy }) => wasm / numpy)),
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

/** What a program prints of a replay: visits per second, and how many switched. */
function printed(program: string, args: string[]): { perSecond: number; switches: number } {
  // These would keep numpy from what the processor can do.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...rest } = process.env
  const env = { ...rest, OPENBLAS_NUM_THREADS: '1' }
  const text = execFileSync(program, [...args, String(VISITS)], { cwd: root, env, encoding: 'utf8' })
  const [perSecond = Number.NaN, switches = Number.NaN] = text.split(' ').map(Number)
  return { perSecond, switches }
}
