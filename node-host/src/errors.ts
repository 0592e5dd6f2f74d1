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
const OF_THE_CALLER = ['input', 'message', 'request', 'unknown_component', 'no_run', 'too_large']

/** The sentence that says what is wrong with a value, in the words that files are criticised in too. */
export function wrong(subject: string, value: string, expected: string): string {
  return value === '' ? `${subject}: empty, expected ${expected}` : `${subject}: got \`${value}\`, expected ${expected}`
}

/** What an error of the file system means, in words. */
export function fileProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return PROBLEMS[code] ?? (error instanceof Error ? error.message : String(error))
}

const PROBLEMS: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a file is in the way',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}
