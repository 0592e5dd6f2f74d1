// Measures what README claims: `npm run bench`, `--json` for one JSON object, `--check` to fail where a target is missed.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCold } from './cold.ts'
import { measureFanout } from './fanout.ts'
import { measureFit } from './fit.ts'
import { measurePredict } from './predict.ts'
import { measureReplay } from './replay.ts'
import { measureStart } from './start.ts'

/** Each figure with its target, where it has one. Times depend on the machine; ratios should not. */
const TARGETS: Record<string, { least?: number; most?: number; unit: string }> = {
  'replay.wasm_visits_per_s': { least: 2_000_000, unit: 'visits/s on one thread' },
  'replay.native_visits_per_s': { unit: 'visits/s on one thread' },
  'replay.numpy_visits_per_s': { unit: 'visits/s on one thread' },
  'replay.wasm_over_native': { least: 0.9, unit: '' },
  'replay.wasm_over_numpy': { least: 5, unit: '' },
  'predict.wall_s': { most: 4, unit: 's for 2,000,000 visits, process start to report' },
  'predict.peak_rss_mb': { most: 400, unit: 'MB' },
  'predict.speedup_2_workers': { least: 1.8, unit: '× from one worker to two' },
  'start.instantiate_ms': { most: 15, unit: 'ms to compile and instantiate' },
  'start.empty_cold_ms': { unit: 'ms from process start to answer, empty handler' },
  'start.handler_cold_ms': { unit: 'ms, ours, an event that it refuses' },
  'start.handler_over_empty_ms': { most: 60, unit: 'ms between the two' },
  'start.part_cold_ms': { unit: 'ms, ours, a part with SSM, Redis, S3, Lambda' },
  'start.part_cold_over_empty': { most: 4, unit: '× an empty handler' },
  'fanout.redis_chunks_per_s': { least: 5000, unit: 'empty chunks/s out and in, one process and Redis' },
  'fanout.bullmq_chunks_per_s': { unit: 'the same with BullMQ, a flow of empty children' },
  'fanout.over_bullmq': { least: 2.5, unit: '× BullMQ, with Redis' },
  'fanout.memory_chunks_per_s': { least: 5000, unit: 'empty chunks/s out and in, one process' },
  'fanout.redis_rss_growth_mb': { most: 10, unit: 'MB from 20,000 chunks to 100,000, with Redis' },
  'fanout.memory_rss_growth_mb': { most: 10, unit: 'MB from 20,000 chunks to 100,000' },
  'fanout.redis_bytes_per_chunk': { most: 300, unit: 'bytes in Redis until a run is forgotten' },
  'fit.mnl_ms': { most: 20, unit: 'ms, conditional logit of 4,308 choices, warm' },
  'fit.mxl600_s': { most: 3, unit: 's, mixed logit, 600 draws, start to result, one worker' },
  'fit.mxl600_2threads_s': { most: 1.8, unit: 's, the same, two workers' },
  'fit.speedup_2_threads': { least: 1.7, unit: '× from one worker to two' },
  'fit.speedup_2_threads_told_more': { least: 1.7, unit: '× the same, with elasticities and tastes' },
  'fit.mxl5000_s': { most: 30, unit: 's, 5,000 draws, one worker' },
  'fit.peak_rss_mb': { unit: 'MB, the whole process' },
  'fit.peak_rss_over_node_mb': { most: 100, unit: 'MB above an empty Node' },
  'wasm.bytes': { most: 600_000, unit: 'bytes' },
  'zip.bytes': { most: 2_000_000, unit: 'bytes' },
}

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, check: { type: 'boolean' } } })
const folder = mkdtempSync(join(tmpdir(), 'switchyard-bench-'))
try {
  const figures: Record<string, number> = {
    ...measureReplay(say),
    ...measurePredict(folder, say),
    ...measureStart(say),
    ...(await measureCold(folder, say)),
    ...(await measureFanout(say)),
    ...(await measureFit(folder, say)),
    'wasm.bytes': bytes('wasm/pkg/switchyard_bg.wasm'),
    'zip.bytes': bytes('dist/switchyard.zip'),
  }
  const missed = Object.keys(TARGETS).filter((name) => misses(name, figures[name]))
  if (options.json) console.log(JSON.stringify(figures))
  else for (const name of Object.keys(TARGETS)) console.log(line(name, figures[name]))
  if (options.check && missed.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

function bytes(path: string): number {
  return statSync(new URL(`../${path}`, import.meta.url)).size
}

/** What could not be measured here has been said to be so, and misses nothing. */
function misses(name: string, figure: number | undefined): boolean {
  if (figure === undefined) return false
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = TARGETS[name] ?? {}
  return !(figure >= least && figure <= most)
}

function line(name: string, figure: number | undefined): string {
  if (figure === undefined) return `- ${name.padEnd(31)} not measured`
  const { least, most, unit } = TARGETS[name] ?? { unit: '' }
  const shown = figure.toLocaleString('en', { maximumFractionDigits: figure < 100 ? 2 : 0 })
  const target =
    least !== undefined
      ? `at least ${least.toLocaleString('en')}`
      : most !== undefined
        ? `at most ${most.toLocaleString('en')}`
        : ''
  const mark = target === '' ? ' ' : misses(name, figure) ? '✗' : '✓'
  return `${mark} ${name.padEnd(31)} ${shown.padStart(11)} ${unit.padEnd(48)} ${target}`.trimEnd()
}

/** What is being measured, for whoever waits. */
function say(what: string): void {
  console.error(`… ${what}`)
}
