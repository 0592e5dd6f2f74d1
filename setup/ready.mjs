// Makes this checkout ready: `node setup/ready.mjs build` to run it, `test` to test it, `bench` to measure it, `recovery` for
// its recovery job, `bundle` for Lambda.
// Silent when it is ready already.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { benchWorkload, nodeModules, recoveryJob, wasmPackage } from './build.mjs'
import { bullmq } from './bullmq.mjs'
import { bundle } from './bundle.mjs'
import { browser, r, redis } from './debian.mjs'
import { runtimeClient } from './lambda.mjs'
import { announced, say } from './progress.mjs'
import { numpy, python } from './python.mjs'
import { bindgen, standardLibrary, wasmPack } from './rust.mjs'
import { cache, SetupError } from './shell.mjs'

const levels = {
  build: [nodeModules, wasmPackage],
  bench: [nodeModules, wasmPackage, benchWorkload, bundle, redis, runtimeClient, numpy, bullmq],
  recovery: [recoveryJob],
  bundle: [nodeModules, wasmPackage, bundle],
  test: [nodeModules, wasmPackage, standardLibrary, bindgen, wasmPack, browser, redis, r, python, bundle],
}

/** Does whatever the given steps and those that they come after lack, side by side where they can. */
export async function ready(steps) {
  const current = await Promise.all([...new Set(steps)].map((step) => step.current()))
  if (!current.includes(false)) return
  await lock()
  const begun = new Map()
  const need = (step) => {
    if (!begun.has(step)) begun.set(step, make(step, need))
    return begun.get(step)
  }
  await Promise.all(steps.map(need))
  unlock()
}

/** Runs a program's main function: a SetupError is a message, anything else a bug with a stack. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error)
    process.exit(1)
  }
}

async function make(step, need) {
  if (await step.current()) return
  await Promise.all((step.after ?? []).map(need))
  await announced(step.title, step.estimate, step.make)
}

// One set-up at a time, in whichever checkout, since they share the cache. A lock whose process has gone is nobody's.
const lockFile = join(cache, 'lock')

async function lock() {
  mkdirSync(cache, { recursive: true })
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      process.on('exit', unlock)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const pid = holder()
    if (!told && isRunning(pid)) say(`Another set-up is at work (process ${pid}): waiting for it.`)
    if (!isRunning(pid)) rmSync(lockFile, { force: true })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function unlock() {
  if (holder() === process.pid) rmSync(lockFile)
}

function holder() {
  try {
    return Number(readFileSync(lockFile, 'utf8'))
  } catch {
    return undefined
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const steps = levels[process.argv[2]]
    if (!steps) throw new SetupError(`usage: node setup/ready.mjs ${Object.keys(levels).join(' | ')}`)
    await ready(steps)
  })
}
