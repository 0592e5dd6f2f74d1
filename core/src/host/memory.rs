//! A whole world in memory: the twin of the real hosts, for tests and previews. Nothing in it is a mock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::host::{Host, Level, Result};

/// A message on its way to a component.
pub type Message = (String, Vec<u8>);

/// Blobs, ledger, queue and bus in ordinary collections.
#[derive(Debug, Default)]
pub struct Memory {
    blobs: RefCell<BTreeMap<String, Vec<u8>>>,
    sets: RefCell<BTreeMap<String, BTreeSet<String>>>,
    queue: RefCell<VecDeque<Message>>,
    published: RefCell<Vec<(String, Vec<u8>)>>,
    logged: RefCell<Vec<(Level, String)>>,
}

impl Memory {
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

    async fn enter(&self, set: &str, member: &str) -> Result<u64> {
        let mut sets = self.sets.borrow_mut();
        let set = sets.entry(set.to_owned()).or_default();
        set.insert(member.to_owned());
        Ok(set.len() as u64)
    }

    async fn members(&self, set: &str) -> Result<Vec<String>> {
        Ok(self.sets.borrow().get(set).into_iter().flatten().cloned().collect())
    }

    fn log(&self, level: Level, message: &str) {
        self.logged.borrow_mut().push((level, message.to_owned()));
    }
}
