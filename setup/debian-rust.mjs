// Where the Rust release server is out of reach: Debian's compiler with its sources, unpacked into the cache, not installed.
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { aptUpdate } from './debian.mjs'
import { cache, capture, run, SetupError, whole } from './shell.mjs'

/** The variables that make cargo use the unpacked compiler, or undefined where there is none. */
export function debianRust() {
  const names = existsSync(cache) ? readdirSync(cache) : []
  const name = names
    .filter((name) => /^debian-rust-.*(?<!\.new|\.old)$/.test(name))
    .sort()
    .at(-1)
  return name && variables(join(cache, name))
}

/** Whether apt knows the packages. */
export const offersDebianRust = async () => (await findPackages()) !== undefined

/** Unpacks the compiler and builds the standard library for `target` with it. */
export async function makeDebianRust(target) {
  const packages = (await findPackages()) ?? (await aptUpdate().then(findPackages))
  if (!packages)
    throw new SetupError(`rustup target add ${target} fails, and this system has no package rustc-web to use instead.`)
  await whole(join(cache, `debian-rust-${packages.version}`), async (folder) => {
    const debs = join(folder, 'debs')
    mkdirSync(debs)
    const download = () => run('debian-rust', 'apt-get', ['download', ...packages.names], { cwd: debs })
    await download().catch(() => aptUpdate().then(download))
    for (const deb of readdirSync(debs)) await unpack(join(debs, deb), folder)
    await rm(debs, { recursive: true })
    arrange(join(folder, 'usr'))
    await buildStd(folder, target)
    await rm(join(folder, 'usr/src'), { recursive: true })
  })
}

// cargo stays rustup's: a toolchain linked into rustup would do as well, but rustup then takes the newest cargo it finds.
function variables(folder) {
  const usr = join(folder, 'usr')
  return { RUSTC: join(usr, 'bin/rustc'), RUSTDOC: join(usr, 'bin/rustdoc'), LD_LIBRARY_PATH: join(usr, 'lib') }
}

async function findPackages() {
  const version = (await capture('apt-cache', 'policy', 'rustc-web'))?.match(/Candidate: (\d\S*)/)?.[1]
  const std = (await capture('apt-cache', 'depends', 'libstd-rust-web-dev'))?.match(/libstd-rust-web-[\d.]+/)?.[0]
  const llvm = std && (await capture('apt-cache', 'depends', std))?.match(/libllvm(\d+)/)?.[1]
  if (!version || !llvm) return undefined
  return { version, names: ['rustc-web', 'libstd-rust-web-dev', 'rust-web-src', std, `libllvm${llvm}`, `lld-${llvm}`] }
}

async function unpack(deb, folder) {
  // Of the sources only the library is needed, a sixth of them.
  const wanted = deb.includes('rust-web-src') ? "--wildcards './usr/src/*/library' ./usr/lib" : ''
  await run('debian-rust', 'sh', ['-c', `dpkg --fsys-tarfile "$1" | tar -x -C "$2" ${wanted}`, 'sh', deb, folder])
}

// rustc looks for its libraries and its linker in rustup's places, not in Debian's.
function arrange(usr) {
  const lib = join(usr, 'lib')
  const libraries = readdirSync(join(lib, 'x86_64-linux-gnu')).filter((name) => name.includes('.so'))
  for (const name of libraries) symlinkSync(join('x86_64-linux-gnu', name), join(lib, name))
  const llvm = readdirSync(lib).find((name) => name.startsWith('llvm-'))
  const bin = join(lib, 'rustlib/x86_64-unknown-linux-gnu/bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(join('../../..', llvm, 'bin/lld'), join(bin, 'rust-lld'))
}

async function buildStd(folder, target) {
  const crate = join(folder, 'std')
  mkdirSync(join(crate, 'src'), { recursive: true })
  writeFileSync(join(crate, 'Cargo.toml'), '[package]\nname = "nothing"\nedition = "2021"\n\n[workspace]\n')
  writeFileSync(join(crate, 'src/lib.rs'), '')
  const env = { ...process.env, ...variables(folder), RUSTC_BOOTSTRAP: '1', CARGO_TARGET_DIR: join(crate, 'target') }
  const args = ['build', '--release', '--target', target, '-Zbuild-std=std,panic_abort,test']
  await run('debian-rust', 'cargo', args, { cwd: crate, env })
  const built = join(crate, 'target', target, 'release/deps')
  const place = join(folder, 'usr/lib/rustlib', target, 'lib')
  mkdirSync(place, { recursive: true })
  const libraries = readdirSync(built).filter((name) => name.endsWith('.rlib') && !name.startsWith('libnothing-'))
  for (const name of libraries) copyFileSync(join(built, name), join(place, name))
  await rm(crate, { recursive: true })
}
