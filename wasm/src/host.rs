//! The host as JavaScript supplies it. Its methods may return a value or a promise, and may throw.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use switchyard_core::host::ledger::{Answer, Step};
use switchyard_core::host::{Host, HostError, Level, Result};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a component may ask of the world. Methods may throw; an error with `retry: false` says that trying again will not help. */
export interface Host {
  /** Launches a component with a message, without waiting for it. Delivered at least once. */
  invoke(component: string, message: Uint8Array): void | Promise<void>;
  /** Announces something to whoever watches a topic. Delivered at most once. */
  publish(topic: string, message: Uint8Array): void | Promise<void>;
  /** The bytes stored under a key. */
  read(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Stores bytes under a key, whole or not at all. */
  write(key: string, bytes: Uint8Array): void | Promise<void>;
  /** The keys that begin so, in no particular order. */
  list(prefix: string): string[] | Promise<string[]>;
  /** Takes one atomic step of the ledger, as `Ledger.step` does: JSON to JSON. */
  step(step: string): string | Promise<string>;
  /** Writes a line to the log. */
  log(level: "DEBUG" | "INFO" | "WARN" | "ERROR", message: string): void;
}

/** A file of the user's: its path as the user would name it, and the key its bytes are stored under. */
export interface InputFile { path: string; key: string }

/** What to plan: the scenario, the files it names by the names it uses (what is not given lies beside it), and what is replaced. */
export interface PlanInput {
  scenario: InputFile;
  files?: Record<string, InputFile>;
  visits?: number;
  seed?: number;
  /** Dimensions, or columns of the user's own in the visits file: one or two for each breakdown. */
  by?: string[][];
  chunk?: number;
  /** How many replays may be lost without the run failing. */
  allow_lost?: { count: number } | { percent: number };
  /** The command that gives the choice probabilities: whoever plans has `storeProbabilities` called before each chunk's replays. */
  model_command?: string;
}

/** Which rows: one for each visit and market, one for each alternative too, or the latter as a model command is asked. */
export type VisitTable = "visits" | "long" | "choices";

/** A column of a table; words are by their numbers. No value is missing. */
export interface Column { name: string; about: string; values: Int32Array | Float64Array | Uint16Array; words?: string[] }

/** What to fit: observed choices, and a specification (core/src/fit/spec.rs). */
export interface FitInput {
  data:
    | { visits: { visits: InputFile; market: InputFile; files?: Record<string, InputFile> } }
    | { long: { file: InputFile; columns: LongColumns } };
  spec: InputFile;
  /** How many chunks the people are cut into. */
  chunks?: number;
  also?: { willingness_to_pay?: string; elasticities?: string; tastes?: boolean; model?: boolean };
}

/** Columns of a file with a row for each alternative of each choice. */
export interface LongColumns { choice: string; set: string; alternative: string; person?: string; weight?: string; outside?: string }

/** What is wrong in a file of the user's. */
export interface InputProblem { file: string; line: number | null; field: string | null; value: string | null; expected: string }
/** What is wrong with the files of a question, by file and line, and how much more. */
export interface InputProblems { errors: InputProblem[]; more: number; notes: InputNote[] }

/** What is allowed in a file of the user's but unlikely to be meant, or what was set aside. Of a run it is stored as `notes.json`. */
export interface InputNote { file: string; line: number | null; field: string | null; text: string }
/** What was found in the files of a question, errors or not. */
export type Findings = InputProblems

/** The error that exports throw. */
export interface SwitchyardError extends Error {
  kind: "input" | "host" | "message" | "unknown_component" | "no_run" | "unplanned" | "hops" | "stored" | "lost";
  retry: boolean;
  input?: InputProblems;
}

/** How a run stands. */
export type RunState = "unknown" | "running" | "completed" | "failed" | "cancelled";

/** What components publish on `switchyard:{env}:{component}:{request_id}`. Work is the run's, as far as the component knows. */
export type Announcement = { run: string; component: string; part: string; state: RunState; done: number; of: number } & (
  | { event: "started" | "progress" | "completed" }
  | { event: "cancelled"; by: string }
  | { event: "failed"; kind: string; message: string; retry: boolean; input?: InputProblems }
);

/** What an environment may use of the ledger. */
export interface Limits {
  /** Parts that are launched and not yet finished, of all runs together. */
  in_flight: number;
  /** Parts that a run begins with. */
  start: number;
  /** How long a part may take before it is launched again. */
  lease_s: number;
  /** How long a run is remembered after its last step. */
  keep_s: number;
}

/** The ledger's answer to a step. */
export interface Answer {
  state: RunState;
  go: "work" | "done" | "drop";
  done: number;
  of: number;
  message: string;
  lost: string[];
  launches: { run: string; envelope: string; part: string; ticket: number }[];
}

/** A run in a list. */
export interface RunLine {
  run: string;
  state: RunState;
  done: number;
  of: number;
  message: string;
  opened_ms: number;
  updated_ms: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A host in JavaScript.
    #[wasm_bindgen(typescript_type = "Host")]
    pub type JsHost;

    #[wasm_bindgen(method, catch)]
    fn invoke(this: &JsHost, component: &str, message: Uint8Array) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn publish(this: &JsHost, topic: &str, message: Uint8Array) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn read(this: &JsHost, key: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &JsHost, key: &str, bytes: Uint8Array) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn list(this: &JsHost, prefix: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn step(this: &JsHost, step: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn log(this: &JsHost, level: &str, message: &str) -> std::result::Result<JsValue, JsValue>;
}

/// Awaits what a host method returned. The call comes first, as it may throw; an imported `async fn` would lose that throw
/// and never settle.
pub(crate) async fn settle(
    operation: &'static str,
    subject: &str,
    called: std::result::Result<JsValue, JsValue>,
) -> Result<JsValue> {
    let settled = match called {
        Ok(value) => JsFuture::from(Promise::resolve(&value)).await,
        Err(thrown) => Err(thrown),
    };
    settled.map_err(|thrown| {
        let field = |name: &str| Reflect::get(&thrown, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let message = field("message").as_string().unwrap_or_else(|| format!("{thrown:?}"));
        let retry = field("retry").as_bool().unwrap_or(true);
        HostError { operation, subject: subject.to_owned(), message, retry }
    })
}

/// The host gave something of another type than it promised.
fn wrong_type(operation: &'static str, subject: &str, expected: &str) -> HostError {
    let message = format!("the host did not give {expected}");
    HostError { operation, subject: subject.to_owned(), message, retry: false }
}

/// Copies: a view of wasm memory would change under the host.
fn owned(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

impl Host for JsHost {
    async fn invoke(&self, component: &str, message: &[u8]) -> Result<()> {
        settle("invoke", component, JsHost::invoke(self, component, owned(message))).await.map(drop)
    }

    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()> {
        settle("publish", topic, JsHost::publish(self, topic, owned(message))).await.map(drop)
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let value = settle("read", key, JsHost::read(self, key)).await?;
        if value.is_undefined() || value.is_null() {
            return Ok(None);
        }
        let bytes = value.dyn_into::<Uint8Array>().map_err(|_| wrong_type("read", key, "a Uint8Array"))?;
        Ok(Some(bytes.to_vec()))
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<()> {
        settle("write", key, JsHost::write(self, key, owned(bytes))).await.map(drop)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let keys = settle("list", prefix, JsHost::list(self, prefix)).await?;
        let keys = keys.dyn_into::<Array>().map_err(|_| wrong_type("list", prefix, "an array"))?;
        let text = |key: JsValue| key.as_string().ok_or_else(|| wrong_type("list", prefix, "strings"));
        keys.iter().map(text).collect()
    }

    async fn step(&self, step: &Step) -> Result<Answer> {
        let text = serde_json::to_string(step).unwrap_or_default();
        let answer = settle("step", &step.run, JsHost::step(self, &text)).await?;
        let answer = answer.as_string().ok_or_else(|| wrong_type("step", &step.run, "a string"))?;
        serde_json::from_str(&answer).map_err(|error| wrong_type("step", &step.run, &format!("an answer: {error}")))
    }

    fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        };
        // A log that cannot be written must not stop the work.
        let _ = JsHost::log(self, level, message);
    }
}
