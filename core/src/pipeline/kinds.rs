//! The kinds of run there are. To add one, write its folder and its line in [`components`]: routing, deployment, logs, resuming
//! and what becomes of losses follow from there.

use std::pin::Pin;

use crate::host::Host;
use crate::host::ledger::Answer;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::{Kind, Kinds, Lost};
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result, begin, part};

/// Lists the components: those that are about a run of any kind, and of each kind those that work on its parts.
macro_rules! components {
    (any: [$($any:ident),+], $($folder:ident::$kind:ident: [$($part:ident),+]),+ $(,)?) => {
        $(use crate::pipeline::$any;)+
        $(use crate::pipeline::$folder::{self, $kind};)+

        /// The names of all components: those that begin a run, those that are about any, those that work on parts.
        pub const COMPONENTS: &[&str] = &[$($kind::BEGINS),+, $(stringify!($any)),+, $($(stringify!($part)),+),+];

        pub(super) async fn dispatch(component: &str, host: &impl Host, warm: &Warm, envelope: &Envelope) -> Result<()> {
            // Each component behind a pointer of its own: as one state machine they were a sixth of the module in one function,
            // which an engine has to compile before it can run any of them.
            let work: Pin<Box<dyn Future<Output = Result<()>> + '_>> = match component {
                $(stringify!($any) => Box::pin($any::run(&Registered, host, envelope)),)+
                $(
                    <$kind as Kind>::BEGINS => Box::pin(begin::begin::<$kind>(host, warm, envelope)),
                    $(stringify!($part) => Box::pin(part::run::<$kind, _>(component, host, envelope, async |part| {
                        $folder::$part::run(host, warm, Keys::of(envelope), part).await
                    })),)+
                )+
                _ => return Err(Error::Unknown { component: component.to_owned(), known: COMPONENTS }),
            };
            work.await
        }

        /// All of them.
        struct Registered;

        impl Kinds for Registered {
            const RECORDS: &'static [&'static str] = &[$($kind::RECORD),+];

            fn begins(&self, component: &str) -> bool {
                [$($kind::BEGINS),+].contains(&component)
            }

            async fn reopen(&self, host: &impl Host, envelope: &Envelope, by: &str, again: bool) -> Result<Option<Answer>> {
                $(if let Some(answer) = begin::reopen::<$kind>(host, envelope, by, again).await? {
                    return Ok(Some(answer));
                })+
                Ok(None)
            }

            async fn is_supplied(&self, host: &impl Host, envelope: &Envelope, name: &str) -> Result<bool> {
                let keys = Keys::of(envelope);
                $(if host.read(&keys.blob($kind::RECORD)).await?.is_some() {
                    return $kind::is_supplied(host, keys, name).await;
                })+
                Err(Error::NoRun { run: envelope.run.clone(), env: envelope.env.clone() })
            }

            async fn lost_with(&self, host: &impl Host, envelope: &Envelope, component: &str, name: &str) -> Result<Lost> {
                match component {
                    $($(stringify!($part))|+ => $kind::lost_with(host, Keys::of(envelope), component, name).await,)+
                    _ => Ok(Lost::Run),
                }
            }
        }
    };
}

components![
    any: [resume, cancel, failed, supply],
    prediction::Prediction: [price, sample, replay, report],
    estimation::Estimation: [evaluate, step],
];
