//! A ledger with the classic mistake: its joins count finished deliveries down instead of entering parts into a set.

use std::collections::BTreeMap;

use switchyard_core::host::ledger::{Act, Answer, Ledger, Piece, Step, group_of};

use super::world::{ENV, LIMITS, Steps};

pub(super) struct CountingDown {
    inner: Ledger,
    /// By run and component: how many are still to finish, as it thinks.
    left: BTreeMap<(String, String), u64>,
    /// By run and component: all parts that were ever told of.
    parts: BTreeMap<(String, String), Vec<String>>,
}

impl CountingDown {
    pub(super) fn new() -> CountingDown {
        CountingDown { inner: Ledger::new(LIMITS), left: BTreeMap::new(), parts: BTreeMap::new() }
    }

    fn tell(&mut self, run: &str, part: &str) {
        let parts = self.parts.entry((run.to_owned(), group_of(part).to_owned())).or_default();
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
}

impl Steps for CountingDown {
    fn step(&mut self, now_ms: u64, step: &Step) -> Answer {
        let run = step.run.as_str();
        match &step.act {
            Act::Open(open) => {
                open.next.iter().for_each(|next| self.tell(run, &next.part));
                for (component, count) in &open.gates {
                    self.left.insert((run.to_owned(), component.clone()), *count);
                }
            }
            Act::Finish { part, next, .. } => {
                next.iter().for_each(|next| self.tell(run, &next.part));
                let key = (run.to_owned(), group_of(part).to_owned());
                let left = self.left.entry(key.clone()).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    // It believes that all are finished, and behaves so.
                    for part in self.parts.get(&key).cloned().unwrap_or_default() {
                        let act = Act::Finish { part, work: 0, next: Vec::new() };
                        self.inner.step(now_ms, &Step { by: "count".to_owned(), act, ..step.clone() });
                    }
                }
            }
            _ => {}
        }
        self.inner.step(now_ms, step)
    }

    fn forget(&mut self) {
        *self = CountingDown::new();
    }

    fn lose(&mut self, piece: &Piece) {
        self.inner.lose(ENV, piece);
    }
}
