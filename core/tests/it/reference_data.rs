//! The domain's constants and arithmetic against published data, where it is at hand (`../shared/data` beside the checkout).

use std::path::PathBuf;

use switchyard_core::energy::cost::{Cost, Metered};
use switchyard_core::energy::rates::{Whose, parse_rates};
use switchyard_core::energy::region::Region;
use switchyard_core::energy::terms::{Fuel, Meter};
use switchyard_core::energy::typical::TypicalConsumption;
use switchyard_core::energy::usage::{Band, NIGHT_PERCENT, Usage};
use switchyard_core::input::Word;

use crate::valid;

/// The rows of a reference file as (column → cell), or `None` with a word on the console.
fn reference(file: &str) -> Option<Vec<Vec<(String, String)>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no reference data ({file})");
        return None;
    };
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let row =
        |line: &str| header.iter().map(|name| (*name).to_owned()).zip(line.split(',').map(str::to_owned)).collect();
    Some(lines.map(row).collect())
}

fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    &row.iter().find(|(name, _)| name == column).expect(column).1
}

/// A year's cost at the published rates, pence. `suffix` picks rates with or without VAT, `vat` says how to read them.
fn quote(row: &[(String, String)], suffix: &str, vat: &str, meter: Meter, fuel: Fuel) -> i64 {
    let at = |column: &str| cell(row, &format!("{column}_{suffix}"));
    let economy7 = meter == Meter::Economy7;
    let electricity = if economy7 {
        format!("{},{},{}", at("e7_sc"), at("e7_day"), at("e7_night"))
    } else {
        format!("{},{},", at("elec_sc"), at("elec_unit"))
    };
    let gas = if fuel == Fuel::Dual { format!("{},{}", at("gas_sc"), at("gas_unit")) } else { ",".into() };
    let text = format!(
        "tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,\
         gas_standing_p_day,gas_unit_p_kwh\nt,_A,{},direct_debit,{vat},{electricity},{gas}\n",
        meter.word()
    );
    let rates = valid(|found| parse_rates("quotes", text.as_bytes(), |_| Whose::Tariff(fuel), found))[0].rates;
    let electricity_kwh = if economy7 { 3_900 } else { 2_700 };
    let usage = Usage { electricity_kwh, night_percent: NIGHT_PERCENT, gas_kwh: 11_500 };
    let month = Cost::month(&rates, 0);
    month.year(12, month).pence(Metered::from(usage))
}

#[test]
fn published_quotes_are_met_to_the_penny() {
    let Some(rows) = reference("quotes_2024-05-13.csv") else { return };
    let mut met = 0;
    for row in &rows {
        for (name, meter, fuel) in [
            ("elec1", Meter::Single, Fuel::Electricity),
            ("elec2", Meter::Economy7, Fuel::Electricity),
            ("dual1", Meter::Single, Fuel::Dual),
            ("dual2", Meter::Economy7, Fuel::Dual),
        ] {
            let published = |vat: &str| cell(row, &format!("q_{name}_{vat}")).parse::<i64>().expect("pence");
            assert_eq!(quote(row, "inc", "included", meter, fuel), published("inc"), "{name}");
            assert_eq!(quote(row, "exc", "excluded", meter, fuel), published("inc"), "{name}, VAT added by us");
            assert_eq!(quote(row, "exc", "included", meter, fuel), published("exc"), "{name} without VAT");
            met += 2;
        }
    }
    assert_eq!(met, 8);
}

#[test]
fn regions_are_those_of_the_gsp_groups() {
    let Some(rows) = reference("gsp_groups.csv") else { return };
    assert_eq!(rows.len(), Region::COUNT);
    for row in &rows {
        let region = Region::from_word(cell(row, "gsp_group")).expect("a known group");
        assert_eq!(region.mpan_distributor_id().to_string(), cell(row, "mpan_distributor_id"));
        assert_eq!(region.name(), cell(row, "region"));
    }
}

#[test]
fn typical_consumption_is_as_published_and_falls_into_its_own_band() {
    let Some(rows) = reference("tdcv.csv") else { return };
    let known = rows.iter().filter(|row| cell(row, "effective_from") >= "2020-04-01");
    let mut compared = 0;
    for row in known {
        let from = cell(row, "effective_from");
        let typical = TypicalConsumption::asked("s.json", Some(from)).expect("known");
        assert_eq!(typical.from, from);
        for (prefix, levels) in
            [("elec1", typical.electricity_kwh), ("elec2", typical.economy7_kwh), ("gas", typical.gas_kwh)]
        {
            for (name, kwh, band) in [
                ("low", levels.low, Band::Low),
                ("med", levels.medium, Band::Medium),
                ("high", levels.high, Band::High),
            ] {
                assert_eq!(Band::of(kwh, levels.bounds()), band, "{from}, {prefix}_{name}");
                let published = cell(row, &format!("{prefix}_{name}"));
                if !published.is_empty() {
                    assert_eq!(kwh.to_string(), published, "{from}, {prefix}_{name}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 9 + 9 + 3);
}
