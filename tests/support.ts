// What tests share: the command line as a child process, and copies of the examples to spoil.

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

export const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url))
export const PROGRAM = fileURLToPath(new URL('../node-host/bin/switchyard.mjs', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs `switchyard` in a folder; `meanwhile` gets the process while it runs. What is on its standard input is by default nothing. */
export function switchyard(
  cwd: string,
  args: string[],
  meanwhile?: (pid: number) => Promise<void>,
  input: string | Uint8Array = '',
): Promise<Ended> {
  // Whoever runs the tests may mean a server of their own otherwise.
  const env = { ...process.env, SWITCHYARD_SERVER: '' }
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  // Most commands do not read it, and are gone before it is written.
  child.stdin.on('error', () => {}).end(input)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })))
  return meanwhile && child.pid ? meanwhile(child.pid).then(() => ended) : ended
}

/** A new folder that goes when the test ends. */
export function folder(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-'))
  test.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A new folder with the examples in it, and a scenario `small.json` that takes a fraction of a second. */
export function market(test: TestContext): string {
  const path = folder(test)
  const names = ['tariffs.csv', 'rates.csv', 'visits.csv', 'model.json', 'undercut.json']
  for (const name of names) cpSync(join(EXAMPLES, name), join(path, name))
  cpSync(join(path, 'undercut.json'), join(path, 'small.json'))
  editJson(join(path, 'small.json'), (scenario) => {
    scenario.simulated_visits = 60_000
    scenario.parameter_draws = 30
    scenario.sweep = { tariff: 'gorsley-undercut-12', unit_rate_percent: [-5, 5] }
  })
  return path
}

/** Rewrites a text file. An edit that changes nothing is a mistake in the test. */
export function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`nothing to edit in ${path}`)
  writeFileSync(path, after)
}

/** Rewrites a JSON file. */
export function editJson(path: string, change: (value: Record<string, unknown>) => void): void {
  edit(path, (text) => {
    const value = JSON.parse(text) as Record<string, unknown>
    change(value)
    return JSON.stringify(value, null, 2)
  })
}
