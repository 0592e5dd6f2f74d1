//! Edits as they are written: objects of which some fields exclude others. Parsed as enums, a misspelt field would not be named.

use serde::Deserialize;

use crate::energy::edit::{Edit, Launch, LaunchRates, Reprice, Subject};

/// See [`Edit`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenEdit {
    add: Option<Box<Launch>>,
    withdraw: Option<Subject>,
    reprice: Option<Reprice>,
}

impl TryFrom<WrittenEdit> for Edit {
    type Error = &'static str;

    fn try_from(written: WrittenEdit) -> std::result::Result<Edit, &'static str> {
        match written {
            WrittenEdit { add: Some(launch), withdraw: None, reprice: None } => Ok(Edit::Add(launch)),
            WrittenEdit { add: None, withdraw: Some(subject), reprice: None } => Ok(Edit::Withdraw(subject)),
            WrittenEdit { add: None, withdraw: None, reprice: Some(reprice) } => Ok(Edit::Reprice(reprice)),
            _ => Err("expected exactly one of add, withdraw and reprice"),
        }
    }
}

/// See [`LaunchRates`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRates {
    like: Option<String>,
    unit_rate_percent: Option<f64>,
    standing_charge_percent: Option<f64>,
    file: Option<String>,
}

impl TryFrom<WrittenRates> for LaunchRates {
    type Error = &'static str;

    fn try_from(written: WrittenRates) -> std::result::Result<LaunchRates, &'static str> {
        let WrittenRates { like, unit_rate_percent: unit, standing_charge_percent: standing, file } = written;
        match (like, file) {
            (Some(like), None) => Ok(LaunchRates::Like {
                like,
                unit_rate_percent: unit.unwrap_or_default(),
                standing_charge_percent: standing.unwrap_or_default(),
            }),
            (None, Some(file)) if unit.or(standing).is_none() => Ok(LaunchRates::File { file }),
            (None, Some(_)) => Err("expected no percents beside a file, whose rates are taken as they are"),
            _ => Err("expected either `like`, a tariff, or `file`, a rates file"),
        }
    }
}

/// See [`Subject`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenSubject {
    tariff: Option<String>,
    supplier: Option<String>,
}

impl TryFrom<WrittenSubject> for Subject {
    type Error = &'static str;

    fn try_from(written: WrittenSubject) -> std::result::Result<Subject, &'static str> {
        match (written.tariff, written.supplier) {
            (Some(tariff), None) => Ok(Subject::Tariff(tariff)),
            (None, Some(supplier)) => Ok(Subject::Supplier(supplier)),
            _ => Err("expected exactly one of tariff and supplier"),
        }
    }
}
