//! What every [`Host`] must do, as one suite that each of them passes: in memory, on one machine, in a browser, on AWS.

use crate::host::{Host, Level, Result};

/// Tries a host under keys that begin with `prefix`, which must be unused. Gives the promises it broke; none is good.
///
/// Launched messages go to the component `contract` and published ones to the topic `PREFIX:topic`; whether they arrive is
/// for the caller to see.
///
/// # Errors
/// Whatever the host refuses.
pub async fn broken_promises(host: &impl Host, prefix: &str) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut expect = |held: bool, promise: &str| {
        if !held {
            broken.push(promise.to_owned());
        }
    };
    let (key, set) = (format!("{prefix}/blob/a b.bin"), format!("{prefix}/set"));

    expect(host.read(&key).await?.is_none(), "a key that was never written reads as none");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    host.write(&key, &bytes).await?;
    expect(host.read(&key).await?.as_ref() == Some(&bytes), "what was written is read, every byte");
    host.write(&key, b"short").await?;
    expect(host.read(&key).await?.as_deref() == Some(b"short"), "a second write replaces all of the first");
    host.write(&key, b"").await?;
    expect(host.read(&key).await?.as_deref() == Some(b""), "an empty blob is not an absent one");
    expect(host.read(&format!("{key}x")).await?.is_none(), "a key is not found by its prefix");

    expect(host.members(&set).await?.is_empty(), "a set that was never entered has no members");
    expect(host.enter(&set, "one").await? == 1, "the first member makes one");
    expect(host.enter(&set, "two").await? == 2, "the second makes two");
    expect(host.enter(&set, "one").await? == 2, "entering again changes nothing");
    let members = host.members(&set).await?;
    let has = |name: &str| members.iter().any(|member| member == name);
    expect(members.len() == 2 && has("one") && has("two"), "members are what was entered");
    expect(host.enter(&format!("{set}2"), "one").await? == 1, "sets are separate");

    let mut reused = b"launched".to_vec();
    host.invoke("contract", &reused).await?;
    reused.fill(0);
    host.publish(&format!("{prefix}:topic"), b"announced").await?;
    host.log(Level::Info, "the host contract was tried");
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::Memory;

    #[test]
    fn the_memory_host_keeps_it() {
        let host = Memory::default();
        assert_eq!(pollster::block_on(broken_promises(&host, "test")), Ok(Vec::new()));
        assert_eq!(host.take_first(), Some(("contract".to_owned(), b"launched".to_vec())));
        assert_eq!(host.published(), [("test:topic".to_owned(), b"announced".to_vec())]);
        assert_eq!(host.logged().len(), 1);
    }
}
