// Errors that are no bugs: what is for the person at the keyboard, printed as it is, without a stack; what the world refused; and the
// words they are made of.

/** Something that is not a bug. */
export class Complaint extends Error {
  readonly exitCode: number = 1
}

/** The command was not asked for rightly, or a file of the user's is wrong. */
export class UsageError extends Complaint {
  override readonly exitCode = 2
}

/** What AWS or Redis refused, as components are told. `retry: false` says that trying again will not help. */
export class HostFailure extends Complaint {
  override name = 'HostFailure'
  readonly retry: boolean

  constructor(message: string, retry: boolean) {
    super(message)
    this.retry = retry
  }
}

/** What went wrong in a component, as it crosses from thread to thread and from process to process. */
export interface Failure {
  kind: string
  message: string
  retry: boolean
  /** What is wrong with a file of the user's. */
  input?: unknown
}

/** An environment refused what it was asked for, or a component failed. */
export class Refused extends Complaint {
  override name = 'Refused'
  override readonly exitCode: number
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
    this.exitCode = OF_THE_CALLER.includes(failure.kind) ? 2 : 1
  }
}

/** Kinds of failure that another question would not have. */
const OF_THE_CALLER = ['input', 'message', 'request', 'unknown_component', 'no_run', 'unplanned', 'too_large']

/** The sentence that says what is wrong with a value, in the words that files are criticised in too. */
export function wrong(subject: string, value: string, expected: string): string {
  if (value === '') return `${subject}: empty, expected ${expected}`
  const shown = value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value
  return `${subject}: got \`${shown}\`, expected ${expected}`
}

/** What a message quotes of a value at most. */
const SHOWN_MAX = 200

/** What an error of the operating system means, in words. */
export function fileProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return PROBLEMS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Any error that is no bug, as it is told: what was asked of what, why it was refused, and what helps. */
export function complaintOf(error: unknown): Complaint | undefined {
  if (error instanceof Complaint) return error
  const { syscall, path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string }
  // Node's own loader of modules tells it in words alone.
  if (/: too many open files\b/.test(String(error))) return new Complaint(`switchyard: ${withHelp({ code: 'EMFILE' })}`)
  if (syscall === undefined) return undefined
  return new Complaint(`${dest ?? path ?? 'the system'}: \`${syscall}\` was refused (${withHelp(error)})`)
}

/** What an error of the operating system means, and what a person can do about it. */
export function withHelp(error: unknown): string {
  const help = HELP[(error as NodeJS.ErrnoException).code ?? '']
  return help === undefined ? fileProblem(error) : `${fileProblem(error)}: ${help}`
}

const PROBLEMS: Record<string, string> = {
  EACCES: 'permission denied',
  EAGAIN: 'no more is to be had just now',
  EDQUOT: 'the quota of disk space is used up',
  EEXIST: 'a file is in the way',
  EFBIG: 'the file would be too large',
  EIO: 'the disk or terminal does not answer',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'this process has too many files open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'the system has too many files open',
  ENOENT: 'no such file or folder',
  ENOMEM: 'no memory left',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a file is in the way',
  ENXIO: 'nothing is at its other end',
  EPERM: 'permission denied',
  EPIPE: 'nobody reads it any more',
  EROFS: 'the file system is read-only',
  ERR_INVALID_ARG_VALUE: 'no file has such a name',
  ETXTBSY: 'it is a program that is running',
}

const HELP: Record<string, string> = {
  EDQUOT: 'free some, or name a folder elsewhere',
  EMFILE: 'expected a higher limit (`ulimit -n`), or fewer --workers',
  ENFILE: 'expected fewer programs at once, or a higher limit (fs.file-max)',
  ENOMEM: 'expected fewer --workers, or a smaller --chunk',
  ENOSPC: 'free some, or name a folder on another disk',
  EROFS: 'name a folder on another disk',
}
