// A whole prediction of 2,000,000 visits as a user runs it: process start to report.

import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from './statistics.ts'

const ROUNDS = 3
const VISITS = 2_000_000
const root = fileURLToPath(new URL('..', import.meta.url))

/** Wall time and memory with default workers, and the speed-up from one worker to two. */
export function measurePredict(folder: string, say: (what: string) => void): Record<string, number> {
  say(`predicting ${VISITS.toLocaleString('en')} visits ${ROUNDS} times with default, one and two workers, in turns`)
  const runs = Array.from({ length: ROUNDS }, () => [predict(folder), predict(folder, 1), predict(folder, 2)] as const)
  const wall = (which: 0 | 1 | 2) => runs.map((run) => run[which].wall_s)
  return {
    'predict.wall_s': median(wall(0)),
    'predict.peak_rss_mb': Math.max(...runs.map(([defaults]) => defaults.peak_rss_mb)),
    'predict.speedup_2_workers': median(runs.map(([, one, two]) => one.wall_s / two.wall_s)),
  }
}

function predict(folder: string, workers?: number): { wall_s: number; peak_rss_mb: number } {
  const out = join(folder, 'run')
  const command = ['node-host/bin/switchyard.mjs', 'predict', 'examples/undercut.json', '--visits', String(VISITS)]
  const options = ['--quiet', '--json', '--out', out, ...(workers ? ['--workers', String(workers)] : [])]
  const started = performance.now()
  execFileSync(process.execPath, [...command, ...options], { cwd: root, stdio: 'ignore' })
  const wall_s = (performance.now() - started) / 1000
  const { peak_rss_mb } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { peak_rss_mb: number }
  rmSync(out, { recursive: true })
  return { wall_s, peak_rss_mb }
}
