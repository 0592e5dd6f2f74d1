// BullMQ, the queue that the bench holds its fan-out against. In the cache and not among the npm packages: nothing else needs it.
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cache, run, SetupError, whole } from './shell.mjs'

const version = '6.7.0'
const folder = join(cache, `bullmq-${version}`)
const description = join(folder, 'package.json')

/** The package. Where it cannot be fetched, all else can be measured. */
export const bullmq = {
  title: 'BullMQ',
  estimate: '5 s',
  current: async () => existsSync(description),
  async make() {
    try {
      await whole(folder, build)
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      console.log(`  bullmq cannot be fetched here, so that fanning out is not measured against it:\n  ${error.message}`)
    }
  },
}

/** What it exports, or undefined where it is absent. */
export function loadBullmq() {
  return existsSync(description) ? createRequire(description)('bullmq') : undefined
}

async function build(folder) {
  const dependencies = { bullmq: version, ioredis: '6.0.0' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  await run('bullmq', 'npm', ['install', '--no-package-lock', '--ignore-scripts'], { cwd: folder })
}
