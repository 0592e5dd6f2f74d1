// Everything about Rust: the wasm32 standard library, the tools that cargo installs, and the environments in which to build.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { debianRust, makeDebianRust, offersDebianRust } from './debian-rust.mjs'
import { cache, capture, root, run, SetupError, which, whole } from './shell.mjs'

export const wasm32 = 'wasm32-unknown-unknown'

/** Rust itself: the one thing, with Node, that people install themselves. */
export const rust = {
  async current() {
    if (!which('cargo'))
      throw new SetupError('Rust is missing: install it as https://rustup.rs says, then run this again in a new terminal.')
    if (!which('cc')) throw new SetupError('A linker is missing (cc). On Debian or Ubuntu: apt-get install build-essential')
    return true
  },
}

/** The standard library for wasm32: rustup's, or one built with Debian's compiler. */
export const standardLibrary = {
  title: 'Rust for wasm32',
  estimate: '5 s, or 2 min where the Rust release server cannot be reached',
  after: [rust],
  current: async () => debianRust() !== undefined || (await rustupHasWasm()),
  async make() {
    // Where there is another way, a server that does not answer must not hold us up.
    const timeout_s = (await offersDebianRust()) ? 45 : 0
    const failure = await run('rustup', 'rustup', ['target', 'add', wasm32], { timeout_s }).catch((error) => error)
    if (await rustupHasWasm()) return
    if (!which('apt-get')) throw failure
    await makeDebianRust(wasm32)
  },
}

// The tool's version is the crate's: read where the crate's is pinned.
const version = readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^wasm-bindgen = "=([\d.]+)"$/m)?.[1]
if (!version) throw new Error('Cargo.toml: expected a line wasm-bindgen = "=x.y.z" under [workspace.dependencies]')

/** The wasm-bindgen command line, with the runner of the wasm tests. */
export const bindgen = installed('wasm-bindgen', version, '1 min', [
  // Not --locked: its lock file names crates that mirrors may lack. Not what it would fetch drivers of browsers with.
  ...['wasm-bindgen-cli', '--no-default-features', '--bin', 'wasm-bindgen', '--bin', 'wasm-bindgen-test-runner'],
  // What it reads and writes modules with: unoptimised too, it would take twice as long.
  ...['walrus', 'wasmparser'].flatMap((crate) => ['--config', `profile.release.package.${crate}.opt-level=1`]),
])

/** wasm-pack, which runs the wasm tests. */
export const wasmPack = installed('wasm-pack', '0.15.1', '1 min', ['wasm-pack', '--locked'])

// A tool that cargo installs, in a folder of the cache that appears when it is whole.
function installed(name, version, estimate, args) {
  const tool = join(cache, `${name}-${version}`)
  return {
    title: `${name} ${version}`,
    estimate,
    after: [rust],
    bin: join(tool, 'bin'),
    current: async () => existsSync(tool),
    make: () =>
      whole(tool, async (folder) => {
        const build = join(folder, 'build')
        // Not optimised: with the least optimisation it already takes twice as long to build.
        const profile = { OPT_LEVEL: '0', LTO: 'off', CODEGEN_UNITS: '16' }
        const env = { ...process.env, CARGO_TARGET_DIR: build }
        for (const [setting, value] of Object.entries(profile)) env[`CARGO_PROFILE_RELEASE_${setting}`] = value
        await run(name, 'cargo', ['install', ...args, '--version', version, '--root', folder], { env })
        await rm(build, { recursive: true })
      }),
  }
}

/** The environment for native builds: ours, with our tools on the PATH. */
export function nativeEnv() {
  const places = [join(root, 'node_modules/.bin'), bindgen.bin, wasmPack.bin, process.env.PATH]
  return { ...process.env, PATH: places.join(delimiter) }
}

/** The environment for builds with `--target wasm32-unknown-unknown`. */
export async function wasmEnv() {
  // Either of these would replace the flags in .cargo/config.toml, SIMD among them.
  const { RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, ...env } = nativeEnv()
  return (await rustupHasWasm()) ? env : { ...env, ...debianRust() }
}

async function rustupHasWasm() {
  const folder = (await capture('rustc', '--print', 'target-libdir', '--target', wasm32))?.trim()
  return existsSync(folder ?? '') && readdirSync(folder).some((name) => /^libstd-.*\.rlib$/.test(name))
}
