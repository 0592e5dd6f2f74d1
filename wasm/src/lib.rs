//! The wasm-bindgen adapter: every export decodes, calls core, encodes. No rule of the domain lives here.

mod column;
mod host;

use js_sys::{Array, Error, Function, Reflect, Uint8Array};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_wasm_bindgen::Serializer;
use switchyard_core::host::contract::broken_promises;
use switchyard_core::host::ledger;
use switchyard_core::input::{self, InputErrors, Word};
use switchyard_core::pipeline::prediction::plan;
use switchyard_core::pipeline::prediction::report::compare;
use switchyard_core::pipeline::prediction::scenario::Scenario;
use switchyard_core::pipeline::prediction::{rehearsal, visits};
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::keys::Keys;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::pipeline::{self, COMPONENTS, failed};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::host::{JsHost, settle};

thread_local! {
    /// What this instance keeps warm. Calls do not overlap, so one is enough.
    static WARM: std::rc::Rc<Warm> = std::rc::Rc::default();
}

/// Makes a panic's message and place appear in the console before the instance traps.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Calls a component of an environment with a message. Wait for it before calling again; after a trap, discard the instance.
///
/// # Errors
/// An `Error` with the fields `kind`, `retry` and, if a file of the user's is wrong, `input`.
#[wasm_bindgen]
pub async fn call(component: String, env: String, message: Vec<u8>, host: JsHost) -> Result<(), JsValue> {
    let warm = WARM.with(Clone::clone);
    pipeline::call(&component, &env, &host, &warm, &message).await.map_err(|error| of_pipeline(&error))
}

/// Has the engine compile what replays run, in an instance that has nothing else to do yet.
///
/// # Errors
/// None.
#[wasm_bindgen]
pub fn rehearse() -> Result<(), JsValue> {
    rehearsal::rehearse().map_err(of_input)
}

/// The names of all components.
#[wasm_bindgen]
pub fn components() -> Vec<String> {
    COMPONENTS.iter().map(|name| (*name).to_owned()).collect()
}

/// A new run id: 80 random bits, in letters and digits that a person can read out.
#[wasm_bindgen(js_name = newRunId)]
pub fn new_run_id() -> Result<String, JsValue> {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(|error| to_js_error(&error.to_string(), "host", true, None))?;
    Ok(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// The files a scenario names, relative to it.
///
/// # Errors
/// An `Error` of kind `input`.
#[wasm_bindgen(js_name = scenarioFiles)]
pub fn scenario_files(path: &str, bytes: &[u8]) -> Result<Vec<String>, JsValue> {
    let (scenario, _) = input::read(|found| Scenario::parse(path, bytes, found)).map_err(of_input)?;
    Ok(scenario.files())
}

/// What is wrong with a plan and its files, and what is to be noted of them; of a host only `read` is used. Like `call`: one at a time.
///
/// # Errors
/// What the host refused.
#[wasm_bindgen(js_name = checkPlan, unchecked_return_type = "Findings")]
pub async fn check_plan(
    #[wasm_bindgen(unchecked_param_type = "PlanInput")] input: JsValue,
    host: JsHost,
) -> Result<JsValue, JsValue> {
    let text: String = js_sys::JSON::stringify(&input)?.into();
    let plan = serde_json::from_str(&text).map_err(|error| not_ours("plan", &error))?;
    let found = plan::look(&host, plan).await.map_err(|error| of_pipeline(&error))?;
    Ok(found.serialize(&Serializer::json_compatible())?)
}

/// A client's message to a component: `input` is what is asked of it. `trace` is the trace header it came with.
///
/// # Errors
/// If `input` is no JSON value.
#[wasm_bindgen(js_name = firstMessage)]
pub fn first_message(
    run: &str,
    request_id: &str,
    client: &str,
    env: &str,
    trace: Option<String>,
    #[wasm_bindgen(unchecked_param_type = "unknown")] input: JsValue,
) -> Result<Uint8Array, JsValue> {
    // Through JSON, which unlike a JavaScript number tells whole numbers from others.
    let no_json = |why: &str| to_js_error(&format!("the input: expected JSON ({why})"), "message", false, None);
    let text = js_sys::JSON::stringify(&input).map_err(|_| no_json("it is nested too deep"))?;
    let input = RawValue::from_string(text.into()).map_err(|error| no_json(&error.to_string()))?;
    Ok(Uint8Array::from(Envelope::first(run, request_id, client, env, trace, input).encode().as_slice()))
}

/// The message to the component `failed`: that another, to `component`, could not be delivered.
///
/// # Errors
/// If that is no message of ours.
#[wasm_bindgen(js_name = failedMessage)]
pub fn failed_message(component: &str, env: &str, message: &[u8], reason: &str) -> Result<Uint8Array, JsValue> {
    let message = failed::message(component, message, env, reason).map_err(|error| of_pipeline(&error))?;
    Ok(Uint8Array::from(message.as_slice()))
}

/// The ledger in memory: the runs of all environments, as long as this object lives.
#[wasm_bindgen]
pub struct Ledger(ledger::Ledger);

#[wasm_bindgen]
impl Ledger {
    /// An empty one.
    ///
    /// # Errors
    /// If the limits are not as they should be.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "Limits")] limits: JsValue) -> Result<Ledger, JsValue> {
        let text: String = js_sys::JSON::stringify(&limits)?.into();
        let limits = serde_json::from_str(&text).map_err(|error| not_ours("limits", &error))?;
        Ok(Ledger(ledger::Ledger::new(limits)))
    }

    /// Takes a step, JSON to JSON, at a time in milliseconds since 1970.
    ///
    /// # Errors
    /// If it is no step.
    pub fn step(&mut self, now_ms: f64, step: &str) -> Result<String, JsValue> {
        let step = serde_json::from_str(step).map_err(|error| not_ours("step", &error))?;
        let answer = self.0.step(now_ms as u64, &step);
        serde_json::to_string(&answer).map_err(|error| not_ours("answer", &error))
    }

    /// Loses a run of an environment, or without one the environment's record: as stores do that evict or expire.
    pub fn lose(&mut self, env: &str, run: Option<String>) {
        self.0.lose(env, &run.map_or(ledger::Piece::Record, ledger::Piece::Run));
    }

    /// The runs of an environment, the latest first: JSON of `RunLine[]`.
    pub fn runs(&self, env: &str) -> Result<String, JsValue> {
        serde_json::to_string(&self.0.runs(env)).map_err(|error| not_ours("runs", &error))
    }
}

/// The key of a blob of a run: of `report.json`, `model.json`, `probabilities/3`.
#[wasm_bindgen(js_name = runKey)]
pub fn run_key(env: &str, run: &str, name: &str) -> String {
    Keys::new(env, run).blob(name)
}

/// The rows of some visits of a run, from number `first` on, as far as there are; of a host only `read` is used. Like `call`:
/// one at a time.
///
/// # Errors
/// An `Error` of kind `stored` if the run's record or markets are not there.
#[wasm_bindgen(js_name = visitColumns, unchecked_return_type = "Column[]")]
pub async fn visit_columns(
    #[wasm_bindgen(unchecked_param_type = "VisitTable")] table: String,
    env: String,
    run: String,
    first: f64,
    count: f64,
    host: JsHost,
) -> Result<Array, JsValue> {
    let unknown =
        || to_js_error(&format!("table is `{table}`, expected {}", visits::Table::expected()), "message", false, None);
    let table = visits::Table::from_word(&table).ok_or_else(unknown)?;
    let (warm, wanted) = (WARM.with(Clone::clone), first as u64..(first + count) as u64);
    let columns = visits::columns(&host, &warm, Keys::new(&env, &run), table, wanted).await;
    Ok(columns.map_err(|error| of_pipeline(&error))?.iter().map(column::to_js).collect())
}

/// Compares what two finished predictions keep (their blobs `paired`), each with a name for messages: JSON of `Comparison`.
///
/// # Errors
/// An `Error` of kind `input` that names the one that is not what this version keeps.
#[wasm_bindgen(js_name = compareRuns)]
pub fn compare_runs(first_name: &str, first: &[u8], second_name: &str, second: &[u8]) -> Result<String, JsValue> {
    let comparison = compare([(first_name, first), (second_name, second)]).map_err(of_input)?;
    serde_json::to_string_pretty(&comparison).map_err(|error| not_ours("comparison", &error))
}

/// Checks the probabilities that a model command gave for a chunk, one for each row of its `choices`, and stores them. Like
/// `call`: one at a time.
///
/// # Errors
/// An `Error` of kind `input` that names the first row that is wrong.
#[wasm_bindgen(js_name = storeProbabilities)]
pub async fn store_probabilities(
    env: String,
    run: String,
    chunk: f64,
    probabilities: Vec<f64>,
    host: JsHost,
) -> Result<(), JsValue> {
    let warm = WARM.with(Clone::clone);
    let accepted = visits::accept(&host, &warm, Keys::new(&env, &run), chunk as u64, &probabilities).await;
    accepted.map_err(|error| of_pipeline(&error))
}

/// Tries a host against the contract that all hosts keep, with the steps of `core/src/host/contract/ledger.jsonl`; gives the
/// promises it broke. `lose` makes its ledger lose a run of that environment, or without one the environment's record.
///
/// # Errors
/// What the host refused.
#[wasm_bindgen(js_name = brokenPromises)]
pub async fn host_broken_promises(
    host: JsHost,
    env: String,
    steps: String,
    #[wasm_bindgen(unchecked_param_type = "(run: string | undefined) => void | Promise<void>")] lose: Function,
) -> Result<Vec<String>, JsValue> {
    let lose = async |piece: ledger::Piece| {
        let run = if let ledger::Piece::Run(run) = piece { run.into() } else { JsValue::UNDEFINED };
        settle("lose", &env, lose.call1(&JsValue::UNDEFINED, &run)).await.map(drop)
    };
    let tried = broken_promises(&host, &env, &steps, lose).await;
    tried.map_err(|error| to_js_error(&error.to_string(), "host", error.retry, None))
}

fn of_pipeline(error: &pipeline::Error) -> JsValue {
    let input = if let pipeline::Error::Input(input) = error { Some(input) } else { None };
    to_js_error(&error.to_string(), error.kind(), error.retry(), input)
}

fn of_input(errors: InputErrors) -> JsValue {
    of_pipeline(&errors.into())
}

fn not_ours(what: &str, error: &serde_json::Error) -> JsValue {
    to_js_error(&format!("malformed {what}: {error}"), "message", false, None)
}

/// The one conversion of errors.
fn to_js_error(message: &str, kind: &str, retry: bool, input: Option<&InputErrors>) -> JsValue {
    let error = Error::new(message);
    let input = input.map(|input| input.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL));
    let fields = [("kind", kind.into()), ("retry", retry.into()), ("input", input.unwrap_or(JsValue::UNDEFINED))];
    for (name, value) in fields {
        // Setting a field of a fresh error cannot fail.
        let _ = Reflect::set(&error, &name.into(), &value);
    }
    error.into()
}
