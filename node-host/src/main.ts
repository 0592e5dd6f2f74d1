// The command line: a table of what the program does. A command is a file in commands/ and a line here.

import { complaintOf, fileProblem } from './errors.ts'
import { version } from './version.ts'

interface Command {
  /** For the list that --help prints. */
  does: string
  /** Loaded only when asked for, so that every command starts fast. */
  load(): Promise<{ help: string; run(args: readonly string[]): Promise<number> }>
}

const COMMANDS: Record<string, Command> = {
  predict: { does: 'predict what a scenario would do to the market', load: () => import('./commands/predict.ts') },
  check: { does: "tell what is wrong with a scenario's files, and what is unlikely", load: () => import('./commands/check.ts') },
  compare: {
    does: 'tell whether one prediction does better than another, and how surely',
    load: () => import('./commands/compare.ts'),
  },
  export: { does: "write a run's visits as Parquet or CSV", load: () => import('./commands/export.ts') },
  fit: { does: 'estimate a choice model from observed choices', load: () => import('./commands/fit.ts') },
  serve: { does: 'serve the whole system on this machine: REST, and the Lambda API', load: () => import('./commands/serve.ts') },
  repl: { does: 'a prompt with components, blobs and announcements at hand', load: () => import('./commands/repl.ts') },
  call: { does: 'call one component', load: () => import('./commands/call.ts') },
  runs: { does: 'list runs', load: () => import('./commands/runs.ts') },
  watch: { does: 'show how far a run is, to its end', load: () => import('./commands/watch.ts') },
  cancel: { does: 'end a run', load: () => import('./commands/cancel.ts') },
  resume: { does: 'have what is missing of a run done', load: () => import('./commands/resume.ts') },
}

process.stdout.on('error', unwritable)
// A terminal that was closed hears nothing more, also not of that.
process.stderr.on('error', () => {})
process.on('uncaughtException', (error) => process.exit(told(error)))
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version' || name === '-v') return say(`switchyard ${version()}`)
  if (name === undefined) return complain(help())
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) return say(help())
  const asked = name === 'help' ? (rest[0] ?? '') : name
  const command = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined
  if (!command) return complain(`switchyard: no command is called \`${asked}\`. See switchyard --help`)
  const { help: usage, run } = await command.load()
  if (name === 'help' || rest.includes('--help') || rest.includes('-h')) return say(usage)
  try {
    return await run(rest)
  } catch (error) {
    return told(error)
  }
}

/** Says what went wrong: in a line, or with a stack where it is a bug. */
function told(error: unknown): number {
  const complaint = complaintOf(error)
  if (complaint) return complain(complaint.message, complaint.exitCode)
  console.error(error)
  return 1
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(10)}${does}`)
  return `What would happen if this tariff launched tomorrow?

usage: switchyard COMMAND …

${commands.join('\n')}

  switchyard COMMAND --help   what a command takes
  switchyard --version        which version this is`
}

function say(text: string): number {
  console.log(text)
  return 0
}

function complain(text: string, exitCode = 2): number {
  console.error(text)
  return exitCode
}

// `switchyard … | head` closes our output early, which is no error.
function unwritable(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  process.exit(complain(`the standard output: it could not be written (${fileProblem(error)})`, 1))
}
