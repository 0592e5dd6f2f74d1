// Estimation on published data (Train's electricity choices): the whole command, process start to result, and the conditional logit
// alone in a warm instance.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { loadPackage } from '../node-host/src/wasm.ts'
import { median } from './statistics.ts'

const ROUNDS = 5
const WARM_ROUNDS = 15
const root = fileURLToPath(new URL('..', import.meta.url))
const DATA = fileURLToPath(new URL('../../shared/data/electricity.csv.gz', import.meta.url))
const VARIABLES = ['pf', 'cl', 'loc', 'wk', 'tod', 'seas']
const COLUMNS = ['--choice', 'choice', '--id', 'chid', '--panel', 'id', '--alt', 'alt', '--vars', VARIABLES.join()]
const RANDOM = ['--random', VARIABLES.map((name) => `${name}:n`).join()]
/** Has a process say at its end how much memory it had at most, in units of 1024 bytes. */
const PEAK = 'process.on("exit", () => process._rawDebug("peak", process.resourceUsage().maxRSS))'

/** Seconds and memory of fits; nothing where the data are not. */
export async function measureFit(folder: string, say: (what: string) => void): Promise<Record<string, number>> {
  if (!existsSync(DATA)) {
    say('not measuring fits: no reference data')
    return {}
  }
  say(`fitting published choices ${ROUNDS} times each with one and two workers, less and more told, and with 5,000 draws`)
  const tastes = join(folder, 'tastes.csv')
  const runs = Array.from({ length: ROUNDS }, () => {
    const more = ['--elasticities', 'pf', '--tastes', tastes]
    return [fitted('600', '1'), fitted('600', '2'), fitted('600', '1', more), fitted('600', '2', more)] as const
  })
  const many = fitted('5000', '1')
  const of = (which: 0 | 1) => median(runs.map((run) => run[which].wall_s))
  const peak_mb = Math.max(many.peak_mb, ...runs.map(([one]) => one.peak_mb))
  return {
    'fit.mnl_ms': await conditional(),
    'fit.mxl600_s': of(0),
    'fit.mxl600_2threads_s': of(1),
    'fit.speedup_2_threads': median(runs.map(([one, two]) => one.wall_s / two.wall_s)),
    'fit.speedup_2_threads_told_more': median(runs.map(([, , one, two]) => one.wall_s / two.wall_s)),
    'fit.mxl5000_s': many.wall_s,
    'fit.peak_rss_mb': peak_mb,
    'fit.peak_rss_over_node_mb': peak_mb - run(['--eval', '0']).peak_mb,
  }
}

function fitted(draws: string, workers: string, more: string[] = []) {
  const command = ['node-host/bin/switchyard.mjs', 'fit', '--long', DATA, ...COLUMNS, ...RANDOM]
  return run([...command, '--draws', draws, '--workers', workers, '--json', '--quiet', ...more])
}

function run(args: string[]): { wall_s: number; peak_mb: number } {
  const started = performance.now()
  const command = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(PEAK)}`, ...args]
  const printed = execFileSync('sh', ['-c', '"$@" 2>&1 >/dev/null', 'sh', ...command], { cwd: root, encoding: 'utf8' })
  const wall_s = (performance.now() - started) / 1000
  return { wall_s, peak_mb: (Number(/peak (\d+)/.exec(printed)?.[1]) * 1024) / 1e6 }
}

/** Milliseconds of a conditional logit's rounds in an instance that has done others: what a worker or a lambda takes that is warm. */
async function conditional(): Promise<number> {
  const { exports } = await loadPackage()
  const blobs = new Map<string, Uint8Array>()
  blobs.set('long.csv', gunzipSync(readFileSync(DATA)))
  const coefficients = VARIABLES.map((variable) => ({ variable }))
  blobs.set('spec.json', new TextEncoder().encode(JSON.stringify({ coefficients })))
  const columns = { choice: 'choice', set: 'chid', alternative: 'alt', person: 'id' }
  const place = (key: string) => ({ path: key, key })
  const input = { data: { long: { file: place('long.csv'), columns } }, spec: place('spec.json'), chunks: 1 }
  const ledger = new exports.Ledger({ in_flight: 100, start: 100, lease_s: 900, keep_s: 900 })
  const launched: [component: string, message: Uint8Array][] = []
  const host = {
    invoke: (component: string, message: Uint8Array) => void launched.push([component, message]),
    publish: () => {},
    read: (key: string) => blobs.get(key),
    write: (key: string, bytes: Uint8Array) => void blobs.set(key, bytes),
    list: (prefix: string) => [...blobs.keys()].filter((key) => key.startsWith(prefix)),
    step: (step: string) => ledger.step(Date.now(), step),
    log: () => {},
  }
  const times: number[] = []
  for (let round = 0; round < WARM_ROUNDS; round += 1) {
    const name = `run-${round}`
    await exports.call('fit', 'dev', exports.firstMessage(name, name, 'bench', 'dev', undefined, input), host)
    const started = performance.now()
    for (let next = launched.shift(); next; next = launched.shift()) await exports.call(next[0], 'dev', next[1], host)
    times.push(performance.now() - started)
    if (!blobs.has(exports.runKey('dev', name, 'report.json'))) throw new Error('the conditional logit has no result')
  }
  return median(times.slice(WARM_ROUNDS / 3))
}
