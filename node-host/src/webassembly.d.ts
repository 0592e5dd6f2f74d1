// As much of WebAssembly as is used here: Node has it, but its types come only with the browser's.

declare namespace WebAssembly {
  /** Compiled code, which may be posted to threads. */
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  const Module: new (bytes: Uint8Array) => Module
  /** A running module. */
  interface Instance {
    readonly exports: Record<string, unknown>
  }
  const Instance: new (module: Module, imports: Record<string, never>) => Instance
  /** What a trap throws. */
  const RuntimeError: new () => Error
  function compile(bytes: Uint8Array): Promise<Module>
}
