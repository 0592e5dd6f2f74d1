//! The host as JavaScript supplies it. Its methods may return a value or a promise, and may throw.

use js_sys::{Array, Promise, Reflect, Uint8Array};
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
  /** Enters a member into a set of the ledger; gives, atomically, how many members it now has. */
  enter(set: string, member: string): number | Promise<number>;
  /** The members of a set of the ledger. */
  members(set: string): string[] | Promise<string[]>;
  /** Writes a line to the log. */
  log(level: "DEBUG" | "INFO" | "WARN" | "ERROR", message: string): void;
}

/** A file of the user's: its path as the user would name it, and the key its bytes are stored under. */
export interface InputFile { path: string; key: string }

/** What to plan: the scenario, the files it names by the names it uses, and what the command line replaces. */
export interface PlanInput {
  scenario: InputFile;
  files: Record<string, InputFile>;
  visits?: number;
  seed?: number;
  chunk?: number;
}

/** What is wrong with a file of the user's. */
export interface InputProblem { file: string; line: number | null; field: string | null; value: string | null; expected: string }

/** The error that exports throw. */
export interface SwitchyardError extends Error {
  kind: "input" | "host" | "message" | "unknown_component" | "bound" | "stored";
  retry: boolean;
  input?: InputProblem;
}

/** What components publish on `switchyard:{env}:{component}:{request_id}`. */
export type Announcement = { run: string; component: string; part: string } & (
  | { event: "started" }
  | { event: "completed"; work: number; of?: number }
  | { event: "failed"; kind: string; message: string; retry: boolean; input?: InputProblem }
);
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
    fn enter(this: &JsHost, set: &str, member: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn members(this: &JsHost, set: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn log(this: &JsHost, level: &str, message: &str) -> std::result::Result<JsValue, JsValue>;
}

/// Awaits what a host method returned. The call comes first, as it may throw; an imported `async fn` would lose that throw
/// and never settle.
async fn settle(
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

    async fn enter(&self, set: &str, member: &str) -> Result<u64> {
        let count = settle("enter", set, JsHost::enter(self, set, member)).await?;
        count.as_f64().map(|count| count as u64).ok_or_else(|| wrong_type("enter", set, "a number"))
    }

    async fn members(&self, set: &str) -> Result<Vec<String>> {
        let members = settle("members", set, JsHost::members(self, set)).await?;
        let members = members.dyn_into::<Array>().map_err(|_| wrong_type("members", set, "an array"))?;
        let text = |member: JsValue| member.as_string().ok_or_else(|| wrong_type("members", set, "strings"));
        members.iter().map(text).collect()
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
