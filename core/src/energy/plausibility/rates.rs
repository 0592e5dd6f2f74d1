//! Notes on rates: next to nothing, far from a tariff's others, dearer by night.

use std::collections::BTreeMap;

use crate::energy::plausibility::middle;
use crate::energy::rates::{Micropence, PENNY, RateRow, Rates};
use crate::energy::terms::{Fuel, Meter};
use crate::input::{Note, folded, number_text};

/// A column of a rates file.
pub(super) struct Charge {
    column: &'static str,
    /// Whether it is per kWh, and not per day.
    pub(super) is_unit: bool,
    pub(super) of: fn(&Rates) -> Micropence,
    pub(super) is_sold: fn(Fuel, Meter) -> bool,
}

pub(super) const CHARGES: [Charge; 5] = [
    Charge {
        column: "elec_standing_p_day",
        is_unit: false,
        of: |rates| rates.electricity_standing,
        is_sold: |fuel, _| fuel.has_electricity(),
    },
    Charge {
        column: "elec_unit_p_kwh",
        is_unit: true,
        of: |rates| rates.electricity_unit,
        is_sold: |fuel, _| fuel.has_electricity(),
    },
    Charge {
        column: NIGHT,
        is_unit: true,
        of: |rates| rates.electricity_night,
        is_sold: |fuel, meter| fuel.has_electricity() && meter == Meter::Economy7,
    },
    Charge {
        column: "gas_standing_p_day",
        is_unit: false,
        of: |rates| rates.gas_standing,
        is_sold: |fuel, _| fuel.has_gas(),
    },
    Charge { column: "gas_unit_p_kwh", is_unit: true, of: |rates| rates.gas_unit, is_sold: |fuel, _| fuel.has_gas() },
];

const NIGHT: &str = "elec_night_p_kwh";

/// A rate of a file.
struct Cell<'a> {
    row: &'a RateRow,
    charge: &'a Charge,
    rate: Micropence,
}

impl Cell<'_> {
    fn note(&self, file: &str, text: String) -> Note {
        Note { line: Some(self.row.line), field: Some(self.charge.column.to_owned()), ..Note::new(file, text) }
    }

    /// Where the day rate is next to nothing, that is told instead.
    fn is_above_day_rate(&self) -> bool {
        let day = self.row.rates.electricity_unit;
        self.charge.column == NIGHT && self.rate > day && day >= PENNY
    }
}

/// Notes on a rates file. `fuel_of` tells the fuel of a tariff id.
pub(crate) fn rates(file: &str, rows: &[RateRow], fuel_of: impl Fn(&str) -> Option<Fuel>) -> Vec<Note> {
    let mut cells = Vec::new();
    for row in rows {
        let Some(fuel) = fuel_of(&row.tariff_id) else { continue };
        let sold = CHARGES.iter().filter(|charge| (charge.is_sold)(fuel, row.meter));
        cells.extend(sold.map(|charge| Cell { row, charge, rate: (charge.of)(&row.rates) }));
    }
    let by_night = cells.iter().filter(|cell| cell.is_above_day_rate()).map(|cell| {
        let day = pence(cell.row.rates.electricity_unit);
        cell.note(file, format!("the night rate, {} p, is above the day rate, {day} p", pence(cell.rate)))
    });
    let free = cells.iter().filter(|cell| !cell.charge.is_unit && cell.rate == 0);
    let free = free.map(|cell| cell.note(file, "the standing charge is 0".to_owned()));
    let notes = [folded(by_night), below_a_penny(file, &cells), folded(free), folded(outlying(file, &cells))];
    notes.into_iter().flatten().collect()
}

/// Rates of less than a penny, and standing charges that are not 0: they may be in pounds.
fn below_a_penny(file: &str, cells: &[Cell<'_>]) -> Vec<Note> {
    let is_low = |cell: &&Cell<'_>| cell.rate < PENNY && (cell.charge.is_unit || cell.rate > 0);
    let mut units = cells.iter().filter(|cell| cell.charge.is_unit).peekable();
    if units.peek().is_some() && units.all(|cell| is_low(&cell)) {
        return vec![Note::new(
            file,
            "every unit rate is below 1 p per kWh: they are read as pence, and may be in pounds",
        )];
    }
    folded(cells.iter().filter(is_low).map(|cell| {
        let unit = if cell.charge.is_unit { "kWh" } else { "day" };
        cell.note(file, format!("{} p per {unit} is next to nothing: rates are in pence", pence(cell.rate)))
    }))
}

/// Rates that are far from what their tariff asks in its other places; where it has but one other, of which either may be the odd
/// one, from all of the file's.
fn outlying<'a>(file: &'a str, cells: &'a [Cell<'_>]) -> impl Iterator<Item = Note> + 'a {
    // The day rate of Economy 7 is not that of a single meter.
    let of_file = middles(cells, |cell| (cell.charge.column, cell.row.meter));
    let of_tariff = middles(cells, |cell| (cell.charge.column, cell.row.tariff_id.as_str()));
    cells.iter().filter_map(move |cell| {
        let column = cell.charge.column;
        let of_tariff = of_tariff.get(&(column, cell.row.tariff_id.as_str())).map(|middle| (middle, "this tariff"));
        let (middle, whose) = of_tariff.or_else(|| Some((of_file.get(&(column, cell.row.meter))?, "this column")))?;
        // A half more is far between regions, twice as much between tariffs and between standing charges.
        let (more, than) = if cell.charge.is_unit && whose == "this tariff" { (2, 3) } else { (1, 2) };
        let is_far = more * cell.rate > than * middle || than * cell.rate < more * middle;
        let text =
            || format!("{} p is far from {whose}'s other rates, in the middle {} p", pence(cell.rate), pence(*middle));
        // Of those below a penny, or above the day rate, that is said.
        (is_far && cell.rate >= PENNY && !cell.is_above_day_rate()).then(|| cell.note(file, text()))
    })
}

/// The middle of each group of at least three rates.
fn middles<'a, K: Ord>(cells: &'a [Cell<'_>], group: impl Fn(&'a Cell<'_>) -> K) -> BTreeMap<K, Micropence> {
    let mut groups: BTreeMap<K, Vec<Micropence>> = BTreeMap::new();
    for cell in cells {
        groups.entry(group(cell)).or_default().push(cell.rate);
    }
    groups.retain(|_, rates| rates.len() > 2);
    groups.into_iter().map(|(key, rates)| (key, middle(rates))).collect()
}

fn pence(rate: Micropence) -> String {
    number_text(rate as f64 / PENNY as f64)
}
