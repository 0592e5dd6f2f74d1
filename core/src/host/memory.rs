//! A whole world in memory: the twin of the real hosts, for tests and previews. Nothing in it is a mock.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use crate::host::ledger::{Answer, Ledger, Limits, Piece, Step};
use crate::host::{Host, Level, Result};

/// A message on its way to a component.
pub type Message = (String, Vec<u8>);

/// Blobs, ledger, queue and bus in ordinary collections, and a clock that goes when it is told to.
#[derive(Debug)]
pub struct Memory {
    blobs: RefCell<BTreeMap<String, Vec<u8>>>,
    ledger: RefCell<Ledger>,
    queue: RefCell<VecDeque<Message>>,
    published: RefCell<Vec<(String, Vec<u8>)>>,
    logged: RefCell<Vec<(Level, String)>>,
    now_ms: Cell<u64>,
}

impl Default for Memory {
    /// With no limit that one instance would feel.
    fn default() -> Memory {
        Memory::new(Limits { in_flight: 1000, start: 1000, lease_s: 900, keep_s: 86_400 })
    }
}

impl Memory {
    /// An empty world with these limits in each environment.
    pub fn new(limits: Limits) -> Memory {
        Memory {
            blobs: RefCell::default(),
            ledger: RefCell::new(Ledger::new(limits)),
            queue: RefCell::default(),
            published: RefCell::default(),
            logged: RefCell::default(),
            now_ms: Cell::new(0),
        }
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.now_ms.set(self.now_ms.get() + seconds * 1000);
    }

    /// Has the ledger of an environment lose a piece.
    pub fn lose(&self, env: &str, piece: &Piece) {
        self.ledger.borrow_mut().lose(env, piece);
    }

    /// The message that was launched first of those not yet taken.
    pub fn take_first(&self) -> Option<Message> {
        self.queue.borrow_mut().pop_front()
    }

    /// The message that was launched last of those not yet taken.
    pub fn take_last(&self) -> Option<Message> {
        self.queue.borrow_mut().pop_back()
    }

    /// Everything published so far, with its topic.
    pub fn published(&self) -> Vec<(String, Vec<u8>)> {
        self.published.borrow().clone()
    }

    /// Everything logged so far.
    pub fn logged(&self) -> Vec<(Level, String)> {
        self.logged.borrow().clone()
    }
}

impl Host for Memory {
    async fn invoke(&self, component: &str, message: &[u8]) -> Result<()> {
        self.queue.borrow_mut().push_back((component.to_owned(), message.to_vec()));
        Ok(())
    }

    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()> {
        self.published.borrow_mut().push((topic.to_owned(), message.to_vec()));
        Ok(())
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.blobs.borrow().get(key).cloned())
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.blobs.borrow_mut().insert(key.to_owned(), bytes.to_vec());
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let blobs = self.blobs.borrow();
        let from = blobs.range(prefix.to_owned()..);
        Ok(from.map(|(key, _)| key.clone()).take_while(|key| key.starts_with(prefix)).collect())
    }

    async fn step(&self, step: &Step) -> Result<Answer> {
        Ok(self.ledger.borrow_mut().step(self.now_ms.get(), step))
    }

    fn log(&self, level: Level, message: &str) {
        self.logged.borrow_mut().push((level, message.to_owned()));
    }
}
