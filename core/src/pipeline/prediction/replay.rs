//! `replay`: walks a chunk of profiles through the markets of one study and stores the tally. The last one opens the way for `report`.

use crate::choice::model::Model;
use crate::choice::random::{Purpose, Stream};
use crate::host::Host;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::{HYPOTHETICAL, Study, Task};
use crate::pipeline::prediction::sample::draw;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{read_binary, write_binary};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;
use crate::replay::count::{CountShares, CountTotals};
use crate::replay::experiment::{Absorb, Stage};
use crate::replay::given::{Given, WithGiven};
use crate::replay::listing::Layout;
use crate::replay::panel::count::CountPanel;
use crate::replay::sample::Drawn;
use crate::replay::tally::Tally;

/// Runs the component: the part is the task's name. A tally that is stored already is kept.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Prediction>(host, keys).await?;
    let task = run.record.named_task(&part.name)?;
    let key = keys.tally(&part.name);
    if host.read(&key).await?.is_none() {
        let tally = replay(host, keys, &run, task).await?;
        write_binary(host, &key, &tally).await?;
    }
    Ok(Closing::Finished { work: run.record.work(task), next: Vec::new() })
}

async fn replay(host: &impl Host, keys: Keys<'_>, run: &Prediction, task: Task) -> Result<Tally> {
    let (visits, chunk) = (run.record.task_visits(task), run.record.chunk(task.chunk));
    // Of a chunk's first few, drawing them again is less work than reading them all.
    let drawn: Vec<Drawn> =
        if visits == chunk { read_binary(host, &keys.drawn(task.chunk)).await? } else { draw(run, visits) };
    let stages = run.stages(host, keys, task.study).await?;
    let stages: Vec<&Stage> = stages.iter().map(AsRef::as_ref).collect();
    let units = match run.record.model_command {
        None => None,
        Some(_) => Some(read_binary::<Vec<u32>>(host, &keys.probabilities(task.chunk)).await?),
    };
    Ok(count(run, task, &drawn, &stages, units.as_deref()))
}

/// The replay itself, apart from how its inputs are come by: the compiler optimises it for speed, what surrounds it for size.
fn count(run: &Prediction, task: Task, drawn: &[Drawn], stages: &[&Stage], units: Option<&[u32]>) -> Tally {
    let record = &run.record;
    let (study, visits) = (task.study, record.task_visits(task));
    let first = visits.start;
    let stream = Stream::new(record.scenario.seed, Purpose::Parameters);
    let drawn_model =
        |draw| if draw == 0 { run.parsed.model.clone() } else { run.parsed.model.drawn(stream, u64::from(draw)) };
    let models: Vec<Model> = record.study_draws(study).map(drawn_model).collect();
    let layout = units.map(|units| (units, Layout::new(&run.parsed.population, drawn, stages)));
    let given = layout.as_ref().map(|(units, layout)| Given { units, layout, first });
    let walk = Walk { run, first, drawn, stages, models: &models, given };
    match study {
        Study::Shares => {
            let count = CountShares::new(stages, record.focus, &run.parsed.breakdowns);
            Tally::Shares(walk.counted_by(count).finish())
        }
        Study::Panel => {
            let sellers = stages[HYPOTHETICAL].sellers();
            let (targets, swept) = (record.targets(sellers), record.swept_tariffs());
            let layout = record.panel_layout(&targets, sellers, &swept);
            let simulated = record.scenario.simulated_visits;
            let replayed = run.panel_visits(visits.start - simulated..visits.end - simulated);
            let keep = record.kept(&targets, sellers);
            let by = (&run.parsed.population, &run.parsed.breakdowns);
            let panel = CountPanel::new(layout, replayed, by, keep, first, record.panel.replays);
            Tally::Panel(walk.counted_by(panel).sums())
        }
        Study::Parameters(_) => {
            let count = CountTotals::new(stages, models.len()).by_row(&run.parsed.breakdowns, record.focus);
            Tally::Totals(walk.counted_by(count).totals)
        }
        Study::Sweep(_) | Study::SweepParameters(..) => {
            Tally::Totals(walk.counted_by(CountTotals::new(stages, models.len())).totals)
        }
    }
}

struct Walk<'a> {
    run: &'a Prediction,
    first: u64,
    drawn: &'a [Drawn],
    stages: &'a [&'a Stage],
    models: &'a [Model],
    given: Option<Given<'a>>,
}

impl Walk<'_> {
    fn counted_by<S: Absorb>(&self, mut sink: S) -> S {
        match &self.given {
            None => self.walk(&mut sink),
            Some(given) => self.walk(&mut WithGiven::new(given, &mut sink)),
        }
        sink
    }

    fn walk(&self, sink: &mut dyn Absorb) {
        let seed = self.run.record.scenario.seed;
        self.run.parsed.population.walk(seed, self.first, self.drawn, self.stages, self.models, sink);
    }
}
