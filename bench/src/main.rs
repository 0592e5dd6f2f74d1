//! Times the replay workload natively: prints visits per second on one thread, best of several runs.

use std::time::Instant;

use switchyard_bench::Workload;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let visits: u64 = std::env::args().nth(1).unwrap_or_else(|| "500000".to_owned()).parse()?;
    let workload = Workload::new()?;
    for _ in 0..RUNS {
        let start = Instant::now();
        let switches = workload.replay(visits);
        let per_second = visits as f64 / start.elapsed().as_secs_f64();
        println!("{per_second:.0} {switches}");
    }
    Ok(())
}

const RUNS: usize = 5;
