//! Two predictions held against each other: the second's shares less the first's, and how sure the differences are. What the two have
//! in common (the observed visits, the luck of simulated ones, the parameters drawn) is paired, and cancels as far as it is the same.

use crate::input::{Findings, InputError, InputErrors, read};
use crate::pipeline::prediction::report::comparison::{
    Compared, Comparison, Difference, Differs, Paired, Saving, SupplierDifference, Verdict,
};
use crate::pipeline::prediction::report::estimate::{Backing, Behind, Parts};
use crate::pipeline::prediction::report::kept::{About, Identity, Kept, Share};
use crate::replay::panel::sums::{KeptVisit, Mass, Moments};

/// Compares what two predictions kept (their blobs `paired`), each with a name for messages.
///
/// # Errors
/// By name, those that are not what this version keeps.
pub fn compare(runs: [(&str, &[u8]); 2]) -> Result<Comparison, InputErrors> {
    let kept = |(name, bytes): (&str, &[u8]), found: &mut Findings| {
        let kept = Kept::read(bytes);
        found.take(kept.ok_or_else(|| InputError::new(name, "what this version keeps of a prediction: make it again")))
    };
    let ([first, second], _) = read(|found| {
        let both = runs.map(|run| kept(run, found));
        let [Some(first), Some(second)] = both else { return None };
        Some([first, second])
    })?;
    Ok(Two::new([&first, &second]).compared())
}

struct Two<'a> {
    runs: [&'a Kept; 2],
    differs: Vec<Differs>,
    paired: Paired,
    /// The visits of every person that both keep.
    people: Vec<[&'a [KeptVisit]; 2]>,
    mass: Mass,
}

impl<'a> Two<'a> {
    fn new(runs: [&'a Kept; 2]) -> Two<'a> {
        let mut differs = differences(runs.map(|run| &run.identity));
        let is_same = |differs: &[Differs], needed: &[Differs]| !needed.iter().any(|one| differs.contains(one));
        let people = if is_same(&differs, &[Differs::Visits]) { in_common(runs) } else { Vec::new() };
        let mut mass = Mass::default();
        for [visits, others] in &people {
            mass.enter(visits.len() as u64, [weight(visits); 2], stands_for([visits, others]));
        }
        let observed = Behind { visits: mass.visits, effective: mass.effective() };
        let backing = Backing { observed, people: mass.people };
        // Few people alike is all there is, if they are all.
        if backing.is_too_few() && mass.people < runs[0].people && is_same(&differs, &[Differs::Visits]) {
            differs.push(Differs::KeptVisits);
        }
        let visits = [Differs::Visits, Differs::KeptVisits];
        let luck = [Differs::Seed, Differs::SimulatedVisits, Differs::UsageJitterPercent, Differs::Lost];
        let have_draws = runs.map(|run| run.shares.iter().any(|(_, share)| share.draws.len() > 1));
        if have_draws[0] != have_draws[1] {
            differs.push(Differs::ParameterDraws);
        }
        let paired = Paired {
            visits: is_same(&differs, &visits),
            monte_carlo: is_same(&differs, &visits) && is_same(&differs, &luck),
            parameters: (have_draws == [true; 2]).then(|| is_same(&differs, &[Differs::Model, Differs::Seed])),
        };
        Two { runs, differs, paired, people, mass }
    }

    fn compared(self) -> Comparison {
        let [first, second] = self.runs;
        let run = |run: &Kept| Compared {
            scenario: run.scenario.clone(),
            visits: run.visits,
            seed: run.identity.seed,
            focus: run.focus.clone(),
        };
        let about = self.runs.iter().flat_map(|run| &run.shares).map(|(about, _)| about);
        let mut names: Vec<&String> =
            about.filter_map(|about| if let About::Supplier(name) = about { Some(name) } else { None }).collect();
        names.sort_unstable();
        names.dedup();
        let supplier = |name: &String| SupplierDifference {
            supplier: name.clone(),
            share: self.difference(&About::Supplier(name.clone())),
        };
        Comparison {
            schema: 1,
            runs: self.runs.map(run),
            paired: self.paired,
            focus: self.runs.iter().all(|run| run.focus.is_some()).then(|| self.difference(&About::Focus)),
            no_switch: self.difference(&About::NoSwitch),
            suppliers: names.into_iter().map(supplier).collect(),
            saving_per_visit_gbp: Saving {
                first: first.saving_gbp,
                second: second.saving_gbp,
                difference: second.saving_gbp - first.saving_gbp,
            },
            differs: self.differs,
        }
    }

    fn difference(&self, about: &About) -> Difference {
        let places = self.runs.map(|run| run.place(about));
        let shares = [0, 1].map(|at| places[at].map(|place| &self.runs[at].shares[place].1));
        let [first, second] = shares.map(|share| share.map(|share| share.expected));
        let apart = |part: fn(&Share) -> f64| shares.iter().flatten().map(|share| part(share)).sum::<f64>();
        let moments = self.moments(places);
        let draws = self.draws(shares);
        let parts = Parts {
            expected: second.unwrap_or(0.0) - first.unwrap_or(0.0),
            sampled: None,
            backing: shares.into_iter().flatten().map(|share| share.backing).reduce(Backing::min).unwrap_or_default(),
            between: if self.paired.visits { moments.between(&self.mass) } else { apart(|share| share.between) },
            simulation: if self.paired.monte_carlo {
                moments.of_one(&self.mass) / self.runs[1].visits as f64
            } else {
                apart(|share| share.simulation)
            },
            draws: &draws,
            // Of what there was none of, the difference is the share.
            is_share: first.unwrap_or(0.0) <= 0.0 && second.is_some_and(|share| share > 0.0),
        };
        let difference = parts.estimate();
        let is_still = parts.expected == 0.0 && parts.between == 0.0 && parts.simulation == 0.0;
        let verdict = match difference.in_all {
            _ if is_still && draws.iter().all(|draw| *draw == 0.0) => Verdict::Same,
            None => Verdict::TooFew,
            Some(all) if all.low > 0.0 => Verdict::More,
            Some(all) if all.high < 0.0 => Verdict::Less,
            Some(_) => Verdict::Unsure,
        };
        Difference { first, second, difference, verdict }
    }

    /// Of each visit's own difference. What is not in a market has no share of it.
    fn moments(&self, places: [Option<usize>; 2]) -> Moments {
        let mut moments = Moments::default();
        for [first, second] in &self.people {
            let ([mut a, mut b], stands_for) = ([0.0, 0.0], stands_for([first, second]));
            for visits in first.iter().zip(*second) {
                let value = |visit: &KeptVisit, half: usize, place: Option<usize>| {
                    place.map_or(0.0, |place| f64::from(visit.halves[half][place]))
                };
                let halves = [0, 1].map(|half| value(visits.1, half, places[1]) - value(visits.0, half, places[0]));
                moments.enter_visit([&mut a, &mut b], halves, [visits.0.weight, stands_for], self.runs[1].replays);
            }
            moments.enter_person([a, b], [weight(first); 2], stands_for);
        }
        moments
    }

    /// The difference under each parameter draw; where these are not paired, under two that have nothing to do with each other.
    fn draws(&self, shares: [Option<&Share>; 2]) -> Vec<f64> {
        let [first, second] = shares.map(|share| share.map_or(&[][..], |share| &share.draws));
        if first.is_empty() || second.is_empty() {
            return second.iter().copied().chain(first.iter().map(|draw| -draw)).collect();
        }
        let count = first.len().min(second.len());
        // The next one's: draws of the same number may share their random numbers, whatever the model.
        let partner = |draw: usize| if self.paired.parameters == Some(true) { draw } else { 1 + draw % (count - 1) };
        let own = [second[0] - first[0]];
        own.into_iter().chain((1..count).map(|draw| second[draw] - first[partner(draw)])).collect()
    }
}

/// What is not the same.
fn differences([a, b]: [&Identity; 2]) -> Vec<Differs> {
    let all = [
        (Differs::Visits, a.visits == b.visits),
        (Differs::Market, a.market == b.market),
        (Differs::Model, a.model == b.model),
        (Differs::Seed, a.seed == b.seed),
        (Differs::SimulatedVisits, a.simulated_visits == b.simulated_visits),
        (Differs::UsageJitterPercent, a.usage_jitter_percent.to_bits() == b.usage_jitter_percent.to_bits()),
        (Differs::Order, a.order == b.order),
        (Differs::Lost, a.lost == b.lost),
    ];
    all.into_iter().filter(|(_, is_same)| !is_same).map(|(differs, _)| differs).collect()
}

/// The visits of every person that both keep. People are in the order of their numbers.
fn in_common<'a>(runs: [&'a Kept; 2]) -> Vec<[&'a [KeptVisit]; 2]> {
    let by_person = |run: &'a Kept| run.panel.chunk_by(|a, b| a.person == b.person);
    let mut seconds = by_person(runs[1]).peekable();
    let mut people = Vec::new();
    for first in by_person(runs[0]) {
        while seconds.next_if(|second| second[0].person < first[0].person).is_some() {}
        people.extend(seconds.next_if(|second| second[0].person == first[0].person).map(|second| [first, second]));
    }
    people
}

/// How many people one stands for whom both keep: whoever is in the smaller selection is in the larger one.
fn stands_for(visits: [&[KeptVisit]; 2]) -> f64 {
    visits.iter().map(|visits| visits[0].stands_for).fold(1.0, f64::max)
}

fn weight(visits: &[KeptVisit]) -> f64 {
    visits.iter().map(|visit| visit.weight).sum()
}
