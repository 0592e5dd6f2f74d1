use std::time::Instant;
use switchyard_core::fit::{estimate, long, search::Progress, spec::Spec};
fn main() {
    let draws: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let bytes = std::fs::read("/tmp/electricity.csv").unwrap();
    let columns = long::Columns {
        choice: "choice".into(),
        set: "chid".into(),
        alternative: "alt".into(),
        person: Some("id".into()),
        weight: None,
        outside: None,
    };
    let names = ["pf", "cl", "loc", "wk", "tod", "seas"];
    let t = Instant::now();
    let choices = long::parse("e.csv", &bytes, &columns, &names).unwrap();
    println!("parse {:?}", t.elapsed());
    for dist in ["fixed", "n"] {
        for corr in [false, true] {
            if corr && (dist == "fixed" || std::env::args().nth(2).is_none()) {
                continue;
            }
            let list: Vec<String> =
                names.iter().map(|n| format!(r#"{{"variable":"{n}","distribution":"{dist}"}}"#)).collect();
            let text =
                format!(r#"{{"coefficients":[{}],"correlated":{corr},"draws":{{"count":{draws}}}}}"#, list.join(","));
            let spec = Spec::parse("s.json", text.as_bytes()).unwrap();
            let start = Instant::now();
            let mut last = Instant::now();
            let out = estimate::search(("s.json", ""), &spec, &choices, 1, &mut |p: Progress| {
                println!("{p:?} {:?}", last.elapsed());
                last = Instant::now();
            })
            .unwrap();
            println!(
                "{:?} {} {:?} {:?}\n{:?}",
                start.elapsed(),
                out.iterations,
                out.stop,
                out.sums.log_likelihood,
                out.best.parameters
            );
        }
    }
}
