// Runs the suites: `npm test`, `npm test -- native browser` for some of them, `--lint` for the linters first, `--list` for their names.
import { spawn } from 'node:child_process'
import { nodeModules, wasmPackage } from './build.mjs'
import { bundle } from './bundle.mjs'
import { browser, chrome, chromedriver, r, redis } from './debian.mjs'
import { python, pythonBin } from './python.mjs'
import { main, ready } from './ready.mjs'
import { bindgen, nativeEnv, rust, standardLibrary, wasmEnv, wasmPack } from './rust.mjs'
import { exit, root, SetupError } from './shell.mjs'

const nodeTest = 'node --test --test-reporter=spec node-host/src/**/*.test.ts tests/**/*.test.ts'
// wasm-pack builds the tests, then runs them, each with cargo: in one profile, so that they are compiled once. Below an error it
// would only say whether it is the newest.
const wasmTest = (where) => `wasm-pack --log-level error test ${where} --mode no-install wasm --profile test`
const browserTest = () => wasmTest(`--headless --chrome --chromedriver ${chromedriver()}`)

// Each suite: what it is, what it needs, the command, and its environment where that is not the native one.
const lint = {
  fmt: { what: 'Rust formatting', needs: [rust], command: 'cargo fmt --all --check' },
  clippy: { what: 'Rust lints', needs: [rust], command: 'cargo clippy --workspace --all-targets -- -D warnings' },
  biome: { what: 'TypeScript formatting and lints', needs: [nodeModules], command: 'biome check --error-on-warnings' },
  types: { what: 'TypeScript types', needs: [nodeModules, wasmPackage], command: 'tsc --noEmit' },
}
const forWasm = [nodeModules, standardLibrary, bindgen, wasmPack]
const forNode = [nodeModules, wasmPackage, browser, redis, r, python, bundle]
const tests = {
  native: { what: 'Rust tests, native', needs: [rust], command: 'cargo test -p switchyard-core --lib --tests' },
  wasm: { what: 'wasm tests in Node', needs: forWasm, command: wasmTest('--node'), env: wasmTestEnv },
  browser: { what: 'wasm tests in headless Chrome', needs: [...forWasm, browser], command: browserTest, env: browserTestEnv },
  node: { what: 'TypeScript tests', needs: forNode, command: nodeTest, env: nodeTestEnv },
}
const suites = { ...lint, ...tests }

await main(async () => {
  const args = process.argv.slice(2)
  if (args.includes('--list')) {
    for (const [name, { what }] of Object.entries(suites)) console.log(`${name.padEnd(8)} ${what}`)
    return
  }
  const names = chosen(args)
  await ready(names.flatMap((name) => suites[name].needs))
  const results = []
  for (const name of names) {
    results.push(await runSuite(name))
    if (results.at(-1).code !== 0) break
  }
  summarise(names, results)
})

function chosen(args) {
  const named = args.filter((arg) => arg !== '--lint')
  const unknown = named.find((name) => !(name in suites))
  if (unknown) throw new SetupError(`No suite is called ${unknown}. There are: ${Object.keys(suites).join(', ')}.`)
  return [...(args.includes('--lint') ? Object.keys(lint) : []), ...(named.length > 0 ? named : Object.keys(tests))]
}

async function runSuite(name) {
  const { what, command, env } = suites[name]
  const [program, ...args] = (typeof command === 'string' ? command : command()).split(' ')
  console.log(`\n━━ ${name}: ${what}`)
  const started = Date.now()
  const environment = env ? await env() : nativeEnv()
  // No standard input: a tool that asks a question should fail, not wait.
  const child = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await exit(child)
  const seconds = (Date.now() - started) / 1000
  const outcome = code === 0 ? 'passed' : `FAILED (${code})`
  console.log(`━━ ${name} ${outcome} after ${seconds.toFixed(1)} s`)
  return { name, code, seconds }
}

function summarise(names, results) {
  console.log(`\n${'suite'.padEnd(10)}${'result'.padEnd(10)}seconds`)
  for (const name of names) {
    const result = results.find((result) => result.name === name)
    const outcome = !result ? 'not run' : result.code === 0 ? 'passed' : 'FAILED'
    console.log(`${name.padEnd(10)}${outcome.padEnd(10)}${result ? result.seconds.toFixed(1).padStart(7) : ''}`)
  }
  const failed = results.find((result) => result.code !== 0)
  if (failed) throw new SetupError(`${failed.name} failed. To repeat only that: npm test -- ${failed.name}`)
}

async function nodeTestEnv() {
  return { ...nativeEnv(), CHROME_PATH: chrome(), PYTHON_BIN: pythonBin }
}

async function wasmTestEnv() {
  // Seconds; the runner's own 20 would be short for simulations on a busy machine.
  return { ...(await wasmEnv()), WASM_BINDGEN_TEST_TIMEOUT: '300', WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '30' }
}

async function browserTestEnv() {
  // The same tests are Node's and the browser's: which, is not written in them, and without this none would be run here.
  return { ...(await wasmTestEnv()), WASM_BINDGEN_USE_BROWSER: '1' }
}
