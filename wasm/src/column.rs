//! A column as JavaScript has it: a typed array, copied out of wasm memory.

use js_sys::{Array, Float64Array, Int32Array, Object, Reflect, Uint16Array};
use switchyard_core::pipeline::prediction::visits::{Column, Values};
use wasm_bindgen::prelude::JsValue;

/// A `Column` of the TypeScript interface.
pub(crate) fn to_js(column: &Column) -> JsValue {
    let (values, words): (JsValue, _) = match &column.values {
        Values::Whole(values) => (Int32Array::from(values.as_slice()).into(), None),
        Values::Number(values) => (Float64Array::from(values.as_slice()).into(), None),
        Values::Word { words, codes } => (Uint16Array::from(codes.as_slice()).into(), Some(words)),
    };
    let mut fields =
        vec![("name", JsValue::from(&column.name)), ("about", JsValue::from(&column.about)), ("values", values)];
    if let Some(words) = words {
        fields.push(("words", words.iter().map(JsValue::from).collect::<Array>().into()));
    }
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
