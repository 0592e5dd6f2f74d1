//! Times the replay workload natively: prints visits per second on one thread, and how many switched.

use std::time::Instant;

use switchyard_bench::Workload;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let visits: u64 = std::env::args().nth(1).ok_or("expected a number of visits")?.parse()?;
    let workload = Workload::new()?;
    // Once before, as the wasm side does.
    workload.replay(visits);
    let start = Instant::now();
    let switches = workload.replay(visits);
    println!("{:.0} {switches}", visits as f64 / start.elapsed().as_secs_f64());
    Ok(())
}
