//! What is kept of a finished prediction, for another to be compared with it: its shares and what their uncertainties are made of, the
//! same for single visits, and what tells whether visits, luck and parameters of two predictions are the same.

use serde::{Deserialize, Serialize};

use crate::pipeline::prediction::prepared::Parsed;
use crate::pipeline::prediction::record::{HYPOTHETICAL, Record};
use crate::pipeline::prediction::report::estimate::Backing;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{binary, decoded};
use crate::replay::panel::sums::KeptVisit;
use crate::replay::panel::targets::Alternative;
use crate::replay::profile::Profile;
use crate::replay::table::Order;

/// Version of this format.
const SCHEMA: u32 = 1;

/// What is kept. Shares are those in the hypothetical market.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    schema: u32,
    /// The scenario's name.
    pub(super) scenario: String,
    /// The tariff the report is about.
    pub(super) focus: Option<Tariff>,
    pub(super) identity: Identity,
    /// Simulated visits that are counted.
    pub(super) visits: u64,
    /// Expected saving per visit, GBP.
    pub(super) saving_gbp: f64,
    /// How many people were observed.
    pub(super) people: u64,
    /// How often a visit of the panel is replayed.
    pub(super) replays: u32,
    /// The shares.
    pub(super) shares: Vec<(About, Share)>,
    /// Visits of the panel, with the same shares.
    pub(super) panel: Vec<KeptVisit>,
}

/// A tariff, for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tariff {
    /// Its id.
    pub id: String,
    /// Its supplier.
    pub supplier: String,
    /// Its name.
    pub name: String,
}

/// What a share is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum About {
    Focus,
    NoSwitch,
    Supplier(String),
}

/// A share and what its uncertainties are made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) expected: f64,
    pub(super) backing: Backing,
    /// Its variance, were other people observed.
    pub(super) between: f64,
    /// Its variance, were other visits simulated.
    pub(super) simulation: f64,
    /// Its values under parameter draws, of which the first is that of the model's own.
    pub(super) draws: Vec<f64>,
}

/// What two predictions may have in common; of what is large, a digest.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) visits: u64,
    pub(super) market: u64,
    pub(super) model: u64,
    pub(super) seed: u64,
    pub(super) simulated_visits: u64,
    pub(super) usage_jitter_percent: f64,
    pub(super) order: Order,
    /// Replays that are missing.
    pub(super) lost: Vec<String>,
}

impl Kept {
    /// Of a prediction whose visits save so much on average.
    pub(super) fn of(evidence: &Evidence<'_>, parsed: &Parsed, saving_gbp: f64) -> Result<Kept> {
        let record = evidence.record;
        let about = |alternative: &Alternative| match alternative {
            Alternative::Tariff(_) => About::Focus,
            Alternative::NoSwitch => About::NoSwitch,
            Alternative::Supplier(at) => About::Supplier(evidence.sellers.names[*at].clone()),
        };
        let compared = record.compared(&evidence.sellers);
        let share = |alternative: &Alternative| evidence.with_parts(HYPOTHETICAL, *alternative);
        Ok(Kept {
            schema: SCHEMA,
            scenario: record.scenario.name.clone(),
            focus: record.focus.map(|at| {
                let tariff = &evidence.tariffs[HYPOTHETICAL][at];
                Tariff { id: tariff.id.clone(), supplier: tariff.supplier.clone(), name: tariff.name.clone() }
            }),
            identity: Identity::of(record, parsed, evidence.lost.clone())?,
            visits: evidence.all(HYPOTHETICAL).visits,
            saving_gbp,
            people: record.panel.observed.people,
            replays: record.panel.replays,
            shares: compared.iter().map(|alternative| (about(alternative), share(alternative))).collect(),
            panel: evidence.panel.kept.clone(),
        })
    }

    /// What was kept as these bytes, if this version did it.
    pub(super) fn read(bytes: &[u8]) -> Option<Kept> {
        decoded(bytes).filter(|kept: &Kept| kept.schema == SCHEMA)
    }

    /// The place of a share.
    pub(super) fn place(&self, about: &About) -> Option<usize> {
        self.shares.iter().position(|(known, _)| known == about)
    }
}

impl Identity {
    fn of(record: &Record, parsed: &Parsed, lost: Vec<String>) -> Result<Identity> {
        let scenario = &record.scenario;
        let base = &parsed.base;
        let mut visits = Digest::default();
        for Profile { line: _, person, weight, segment, usage, tariff, months_left } in parsed.population.profiles() {
            let tariff = &base.tariffs()[usize::from(*tariff)].id;
            visits.enter(&(person, weight, segment, usage, tariff, months_left))?;
        }
        let (mut market, mut model) = (Digest::default(), Digest::default());
        market.enter(&(&base.tariffs, &base.rates))?;
        model.enter(&(&parsed.model, &record.model_command))?;
        Ok(Identity {
            visits: visits.0,
            market: market.0,
            model: model.0,
            seed: scenario.seed,
            simulated_visits: scenario.simulated_visits,
            usage_jitter_percent: scenario.usage_jitter_percent,
            order: scenario.order,
            lost,
        })
    }
}

/// FNV-1a of 64 bits (Fowler, Noll and Vo), over values in binary form: tells files apart, not forgeries.
struct Digest(u64);

impl Default for Digest {
    fn default() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    fn enter<T: Serialize>(&mut self, value: &T) -> Result<()> {
        for byte in binary(value)? {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
        Ok(())
    }
}
