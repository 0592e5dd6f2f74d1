//! What is wrong with data or a specification is said by file, line, field and value.

use switchyard_core::fit::long::{self, Columns};
use switchyard_core::fit::spec::Spec;

use crate::{read, valid};

const HEADER: &str = "who,set,deal,chosen,x,weight,other\n";

fn error(rows: &str) -> String {
    let columns = Columns {
        choice: "chosen".into(),
        set: "set".into(),
        alternative: "deal".into(),
        person: Some("who".into()),
        weight: Some("weight".into()),
        outside: None,
    };
    let text = format!("{HEADER}{rows}");
    read(|found| long::parse("d.csv", text.as_bytes(), &columns, &["x"], found)).expect_err(rows).to_string()
}

#[test]
fn bad_data_are_named() {
    for (rows, expected) in [
        (
            "a,1,p,1,0.5,1,\na,1,q,1,0.5,1,\n",
            "line 3, chosen: got `1`, expected one chosen row in set `1`; line 2 is one already; if ids repeat over people or \
             markets, make them unique, or keep the rows of one market",
        ),
        (
            "a,1,p,0,0.5,1,\na,1,q,FALSE,1,1,\n",
            "line 2, chosen: expected one chosen row in set `1`, which begins here and has none; where people may choose none, \
             name that option (--outside NAME)",
        ),
        ("a,1,p,1,0.5,1,\n", "set: expected at least one choice with two or more alternatives"),
        (
            "a,1,p,1,0.5,1,\na,1,p,0,1,1,\n",
            "line 3, deal: expected each alternative once in set `1`; `p` is there twice; if ids repeat over people or \
             markets, make them unique, or keep the rows of one market",
        ),
        ("a,1,p,so,0.5,1,\n", "line 2, chosen: got `so`, expected yes or no, true or false, 1 or 0"),
        (
            "a,1,p,0,0.5,1,\na,1,p,0,1,1,\na,1,q,0,1,1,\na,2,p,0,1,1,\na,2,q,0,1,1,\n",
            "line 2, chosen: expected one chosen row in set `1`, which begins here and has none; where \
             people may choose none, name that option (--outside NAME)\nd.csv, line 3, deal: expected \
             each alternative once in set `1`; `p` is there twice; if ids repeat over people or markets, make them unique, or \
             keep the rows of one market\nd.csv, line 5, chosen: expected one chosen row in set `2`, which begins here and has \
             none; where people may choose none, name that option (--outside NAME)",
        ),
        ("a,1,p,1,cheap,1,\n", "line 2, x: got `cheap`, expected a number from -1000000000 to 1000000000"),
        ("a,1,p,1,,1,\n", "line 2, x: empty, expected a number from -1000000000 to 1000000000"),
        (
            "a,1,p,1,1,1,\nb,1,q,0,1,1,\n",
            "line 3, who: got `b`, expected `a`, as on line 2 of the same choice set; if ids repeat over people or markets, make \
             them unique, or keep the rows of one market",
        ),
        (
            "a,1,p,1,1,1,\na,1,q,0,1,2.5,\n",
            "line 3, weight: got `2.5`, expected 1, as in the other rows of person `a`: a person has one weight",
        ),
        ("a,1,p,1,1,0,\na,1,q,0,1,0,\n", "weight: expected at least one person with a weight above 0"),
    ] {
        let error = error(rows);
        assert!(error == format!("d.csv, {expected}"), "{error}");
    }
    let columns = Columns {
        choice: "c".into(),
        set: "s".into(),
        alternative: "a".into(),
        person: None,
        weight: None,
        outside: None,
    };
    let missing =
        read(|found| long::parse("d.csv", b"c,s,a\n", &columns, &["x"], found)).expect_err("no x").to_string();
    assert_eq!(missing, "d.csv, line 1: expected a column `x`; it has c, s, a");
    let outside = |name: &str| {
        let columns = Columns { outside: Some(name.into()), ..columns.clone() };
        let csv = b"c,s,a,x\n1,1,p,1\n0,1,q,2\n";
        read(|found| long::parse("d.csv", csv, &columns, &["x"], found)).expect_err(name).to_string()
    };
    let expected = "d.csv: got `x`, expected another name for the constant of the outside option (--outside)";
    assert!(outside("x").starts_with(expected), "{}", outside("x"));
    assert!(outside("p").starts_with("d.csv, a: got `p`, expected no alternative called like the outside option"));
}

#[test]
fn rows_come_in_any_order() {
    let columns = Columns {
        choice: "chosen".into(),
        set: "set".into(),
        alternative: "deal".into(),
        person: Some("who".into()),
        weight: None,
        outside: None,
    };
    let parse =
        |rows: &str| valid(|found| long::parse("d.csv", format!("{HEADER}{rows}").as_bytes(), &columns, &["x"], found));
    let sorted = parse("a,1,p,0,1,,\na,1,q,true,2,,\na,3,p,1,3,,\na,3,q,0,4,,\nb,2,p,False,5,,\nb,2,q,TRUE,6,,\n");
    let mixed = parse("a,1,p,0,1,,\nb,2,p,False,5,,\na,3,p,1,3,,\nb,2,q,TRUE,6,,\na,3,q,0,4,,\na,1,q,true,2,,\n");
    assert_eq!(sorted, mixed);
    assert_eq!(sorted.people, ["a", "b"]);
    assert_eq!((sorted.rows(0), sorted.row(0)), (0..2, &[2.0][..]), "the chosen row is first");
}

#[test]
fn bad_specifications_are_named() {
    for (json, expected) in [
        (r#"{"coefficients": []}"#, "s.json, coefficients: expected 1 to 100 coefficients"),
        (r#"{"coefficients": [{"variable": "a"}], "draw": 3}"#, "draw: expected another name: `draws`?"),
        (
            r#"{"coefficients": [{"variable": "a"}, {"variable": "a"}]}"#,
            "coefficients[1].variable: got `a`, expected each variable once",
        ),
        (
            r#"{"coefficients": [{"variable": "a", "sd": 1}]}"#,
            "coefficients[0].sd: got `1`, expected no sd for a fixed coefficient",
        ),
        (r#"{"coefficients": [{"variable": "a", "distribution": "uniform"}]}"#, "coefficients[0].distribution"),
        (
            r#"{"coefficients": [{"variable": "a", "distribution": "n", "held": true, "mean": 1}]}"#,
            "coefficients[0].sd: expected the value at which",
        ),
        (r#"{"coefficients": [{"variable": "a", "mean": 1, "held": true}]}"#, "at least one that is not held"),
        (
            r#"{"coefficients": [{"variable": "a"}], "draws": {"count": 0}}"#,
            "draws.count: got `0`, expected a whole number from 1 to 100000",
        ),
        (r#"{"coefficients": [{"variable": "a"}], "draws": {"kind": "antithetic"}}"#, "draws.kind"),
    ] {
        let error = read(|found| Spec::parse("s.json", json.as_bytes(), found)).expect_err(json).to_string();
        assert!(error.contains(expected), "{error}");
    }
    let three = r#"{"coefficients": [{"variable": "a", "sd": 1}, {"variable": "a"}], "draws": {"count": 0}}"#;
    let errors = read(|found| Spec::parse("s.json", three.as_bytes(), found)).expect_err(three).errors;
    let fields: Vec<_> = errors.iter().filter_map(|error| error.field.as_deref()).collect();
    assert_eq!(fields, ["coefficients[0].sd", "coefficients[1].variable", "draws.count"]);
}
