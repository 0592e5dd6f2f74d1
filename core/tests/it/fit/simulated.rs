//! Choices that were simulated from known tastes. Shared with the wasm tests.

use std::fmt::Write;

use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::fit::choices::Choices;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::long::{self, Columns};
use switchyard_core::fit::result::Fit;
use switchyard_core::fit::spec::Spec;
use switchyard_core::input;

/// People who choose a few times each among two to five deals or none.
pub(crate) struct Simulated {
    pub(crate) people: u64,
    pub(crate) choices_each: u64,
    pub(crate) seed: u64,
}

pub(crate) const VARIABLES: [&str; 4] = ["price", "rating", "green", "none"];

impl Simulated {
    /// Long format: every second person counts twice, and the outside option has no rows. Tastes: price −exp(−1 + 0.5 z),
    /// rating 0.8 + 0.6 z, green −0.5, none −2.
    pub(crate) fn csv(&self) -> String {
        let mut csv = String::from("person,set,deal,chosen,weight,price,rating,green\n");
        let stream = Stream::new(self.seed, Purpose::Visit);
        for person in 0..self.people {
            let tastes = stream.item(person);
            let price = -libm::exp(-1.0 + 0.5 * tastes.normal(0));
            let rating = 0.8 + 0.6 * tastes.normal(1);
            for choice in 0..self.choices_each {
                let set = person * self.choices_each + choice;
                let luck = stream.item(1_000_000 + set);
                let gumbel = |at: u32| -libm::log(-libm::log(luck.uniform(at)));
                let deals = 2 + (luck.uniform(0) * 4.0) as u32;
                let deal = |at: u32| {
                    let uniform = |of: u32| luck.uniform(10 * at + of);
                    let price = (uniform(1) * 60.0).round() / 10.0;
                    (price, (uniform(2) * 5.0).round(), if uniform(3) < 0.5 { 1.0 } else { 0.0 })
                };
                let utility = |at: u32| {
                    let (p, r, g) = deal(at);
                    price * p + rating * r - 0.5 * g + gumbel(10 * at + 4)
                };
                let best = (1..=deals).max_by(|a, b| utility(*a).total_cmp(&utility(*b))).expect("some");
                let chosen = if utility(best) > -2.0 + gumbel(5) { best } else { 0 };
                for at in 1..=deals {
                    let ((p, r, g), is_chosen, weight) = (deal(at), u8::from(at == chosen), 1 + person % 2);
                    writeln!(csv, "p{person},s{set},{at},{is_chosen},{weight},{p},{r},{g}").expect("a string");
                }
            }
        }
        csv
    }

    /// The same, read.
    pub(crate) fn choices(&self) -> Choices {
        let csv = self.csv();
        input::read(|found| long::parse("simulated.csv", csv.as_bytes(), &columns(), &VARIABLES, found))
            .expect("valid")
            .0
    }
}

pub(crate) fn columns() -> Columns {
    Columns {
        choice: "chosen".into(),
        set: "set".into(),
        alternative: "deal".into(),
        person: Some("person".into()),
        weight: Some("weight".into()),
        outside: Some("none".into()),
    }
}

pub(crate) fn spec(json: &str) -> Spec {
    input::read(|found| Spec::parse("spec.json", json.as_bytes(), found)).expect("valid").0
}

/// The estimation that every platform must give to the last bit: its JSON's hash is in the tests.
pub(crate) fn golden_fit(spec: &Spec, chunks: usize) -> Fit {
    let choices = Simulated { people: 61, choices_each: 4, seed: 8 }.choices();
    estimate(("spec.json", ""), spec, &choices, chunks, &mut |_| ()).expect("a good design")
}

/// The distributions that the tastes have.
pub(crate) const TRUE_SPEC: &str = r#"{"coefficients": [
    {"variable": "price", "distribution": "nln"}, {"variable": "rating", "distribution": "n"},
    {"variable": "green"}, {"variable": "none"}], "draws": {"count": 128, "kind": "sobol", "seed": 3}}"#;

/// SHA-256 of the JSON that estimating [`TRUE_SPEC`] gives, and the same with correlation.
pub(crate) const GOLDEN: [&str; 2] = [
    "70b01c15f5e6a83f7d04d3b896148b3e5bda8f4dd0cb79495f15ed3945d48ac5",
    "73e0d374a38ecaedc657f1cbbd93997e920fba022dce04d31c87f2c77768b5c8",
];

pub(crate) fn correlated() -> Spec {
    Spec { correlated: true, ..spec(TRUE_SPEC) }
}
