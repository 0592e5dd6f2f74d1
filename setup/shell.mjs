// What the set-up steps share: places, child processes, and folders that appear whole or not at all.
import { execFile, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'switchyard')
const logs = join(root, 'target/setup')
const logged = new Set()
const children = new Set()

/** Something the person at the keyboard can act on: printed as it is, without a stack. */
export class SetupError extends Error {}

/** Runs a command with its output in a log file, throwing with its last lines if it fails. */
export async function run(log, command, args, { env = process.env, cwd = root, timeout_s = 0 } = {}) {
  mkdirSync(logs, { recursive: true })
  const path = join(logs, `${log}.log`)
  const file = createWriteStream(path, { flags: logged.has(log) ? 'a' : 'w' })
  logged.add(log)
  file.write(`$ ${command} ${args.join(' ')}\n`)
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeout_s * 1000 })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      file.write(data)
      output = (output + data).slice(-10_000)
    })
  }
  const code = await exit(child)
  children.delete(child)
  await new Promise((resolve) => file.end(resolve))
  if (code === 0) return
  const lines = output.trimEnd().split('\n').slice(-20).join('\n  ')
  throw new SetupError(`${command} ${args[0]} failed (${code}). Its last lines:\n  ${lines}\nAll of its output: ${path}`)
}

/** How a child process ended: 0, another code, a signal's name, or why it did not begin. */
export function exit(child) {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
}

/** A command's standard output, or undefined where it fails or does not exist. */
export function capture(command, ...args) {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: root }, (error, stdout) => resolve(error ? undefined : stdout))
  })
}

/** Where a program is on the PATH, if anywhere. */
export function which(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** Does `make(folder)` in a new folder that gets its name only when complete: interrupted, nothing half-done bears the name. */
export async function whole(target, make) {
  const [fresh, old] = [`${target}.new`, `${target}.old`]
  const remove = () => Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })))
  await remove()
  await mkdir(fresh, { recursive: true })
  await make(fresh)
  if (existsSync(target)) await rename(target, old)
  await rename(fresh, target)
  await remove()
}

// When one step fails, or somebody stops us, the others must not go on writing behind the prompt.
process.on('exit', () => {
  for (const child of children) child.kill()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
