// Debian packages: the browser that runs the wasm tests, Redis, R, and Python's virtual environments.
import { capture, run, SetupError, which } from './shell.mjs'

/** A Chromium and its driver. */
export const browser = {
  title: 'Chromium',
  estimate: '30 s',
  current: async () => Boolean(chrome() && chromedriver()),
  make: () => install('chromium', 'chromium-driver'),
}

/** The Redis server as a program: the tests start their own, on ports of their own. And jq, which the commands of docs/rest.md need. */
export const redis = {
  title: 'Redis, jq',
  estimate: '30 s',
  current: async () => Boolean(which('redis-server') && which('jq')),
  make: () => install('redis-server', 'jq'),
}

/** R with its reader of JSON: what the example models for it need, and no more. */
export const r = {
  title: 'R',
  estimate: '30 s',
  current: async () => (await capture('Rscript', '-e', 'library(jsonlite)')) !== undefined,
  make: () => install('r-base-core', 'r-cran-jsonlite'),
}

/** Python that can make virtual environments: Debian splits what that needs from Python itself. */
export const pythonVenv = {
  title: 'Python',
  estimate: '20 s',
  current: async () => (await capture('python3', '-c', 'import venv, ensurepip')) !== undefined,
  make: () => install('python3', 'python3-venv'),
}

/** What native npm packages are built with, where any of it is missing. */
export async function buildTools() {
  const programs = ['autoconf', 'automake', 'libtoolize', 'cmake', 'make', 'g++', 'python3']
  if (programs.every((name) => which(name))) return
  await install(...programs.map((name) => (name === 'libtoolize' ? 'libtool' : name)))
}

/** Where Chromium is, by any of its names. */
export const chrome = () => which('chromium') ?? which('chromium-browser') ?? which('google-chrome')

/** Where its driver is: GitHub's machines name the folder in a variable. */
export const chromedriver = () => which('chromedriver') ?? which('chromedriver', process.env.CHROMEWEBDRIVER)

/** Fetches the package lists, once however many ask. */
export function aptUpdate() {
  updated ??= apt('update')
  return updated
}
let updated

async function install(...packages) {
  if (!which('apt-get'))
    throw new SetupError(`Missing: ${packages.join(' and ')}. Please install what has these names on your system.`)
  const attempt = () => apt('install', '-y', '--no-install-recommends', ...packages)
  await attempt()
    .catch(() => aptUpdate().then(attempt))
    .catch((error) => {
      if (isRoot()) throw error
      const command = `sudo apt-get update && sudo apt-get install ${packages.join(' ')}`
      throw new SetupError(`${error.message}\n\nThis needs root. Please run: ${command}`)
    })
}

// One at a time: apt-get waits for the lock of installations, but not for those of its lists and its archive.
let before = Promise.resolve()
function apt(...args) {
  const turn = before.then(() => aptGet(...args))
  before = turn.catch(() => {})
  return turn
}

function aptGet(...args) {
  // RUNLEVEL=1 keeps Debian from starting a newly installed service where there is no systemd.
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args]
  return isRoot() ? run('apt', command[0], command.slice(1)) : run('apt', 'sudo', ['-n', ...command])
}

const isRoot = () => process.getuid() === 0
