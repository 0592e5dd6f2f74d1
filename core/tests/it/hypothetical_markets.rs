//! Base markets and their edits: what they change, what they leave alone, and what is refused by name.

use switchyard_core::energy::cost::Metered;
use switchyard_core::energy::edit::{Edit, Source};
use switchyard_core::energy::market::{Market, PricedMarket, Segment};
use switchyard_core::energy::region::Region;
use switchyard_core::energy::terms::{Fuel, Meter, Payment};
use switchyard_core::energy::usage::Usage;
use switchyard_core::input::{InputErrors, Word, json};
use switchyard_core::replay::own::By;
use switchyard_core::replay::table::Order;
use switchyard_core::replay::visits::parse_visits;

use crate::{read, valid};

const TARIFFS: &str = "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
svt,Acme,Flexible,dual,variable,,0,no,4,20,single,direct_debit,_A|_C,yes
fix,Acme,Fix,dual,fixed,12,50,no,4,20,single,direct_debit,_A|_C,yes
short,Acme,Short,dual,fixed,6,0,no,4,0,single,direct_debit,_A,yes
other,Bolt,Bolt,dual,fixed,12,0,yes,3,0,single,direct_debit,_A,yes
night,Crow,Night,electricity,fixed,12,0,no,2,0,single|economy7,direct_debit|prepayment,_A,yes
";

const RATES: &str = "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
svt,_A,single,direct_debit,included,50,26,,30,6.5
svt,_C,single,direct_debit,included,40,27,,30,6.5
fix,_A,single,direct_debit,included,50,24,,30,6
fix,_C,single,direct_debit,included,40,25,,30,6
short,_A,single,direct_debit,included,50,20,,30,5
other,_A,single,direct_debit,excluded,45,22,,28,5.5
night,_A,single,direct_debit,included,50,25,,,
night,_A,single,prepayment,included,55,26,,,
night,_A,economy7,direct_debit,included,50,30,14,,
night,_A,economy7,prepayment,included,55,31,15,,
";

fn parse(tariffs: &str, rates: &str) -> Result<Market, InputErrors> {
    read(|found| Market::parse("tariffs.csv", tariffs.as_bytes(), "rates.csv", rates.as_bytes(), found))
}

fn market() -> Market {
    parse(TARIFFS, RATES).expect("valid")
}

fn edited(edits: &str) -> Result<Market, String> {
    edited_from(&market(), edits)
}

fn edited_from(market: &Market, edits: &str) -> Result<Market, String> {
    let edits: Vec<Edit> = json("s.json", edits.as_bytes()).map_err(|error| error.to_string())?;
    let named_new = RATES.replace("\nfix,", "\nnew,");
    let only_new = named_new.lines().filter(|line| line.starts_with("tariff_id") || line.starts_with("new,"));
    let only_new = only_new.collect::<Vec<_>>().join("\n");
    let file = |name: &str| match name {
        "new.csv" => Some(only_new.clone().into_bytes()),
        "mixed.csv" => Some(named_new.clone().into_bytes()),
        _ => None,
    };
    let source = Source { scenario: "s.json", file: &file };
    read(|found| market.edited(&edits, &source, found)).map_err(|errors| errors.to_string())
}

fn segment(region: &str) -> Segment {
    let region = Region::from_word(region).expect("a region");
    Segment { region, fuel: Fuel::Dual, meter: Meter::Single, payment: Payment::DirectDebit }
}

/// A year at 1,000 kWh of electricity and 10,000 kWh of gas, pence.
fn pence(market: &PricedMarket, id: &str, region: &str) -> i64 {
    let at = market.tariffs.iter().position(|tariff| tariff.id == id).expect(id);
    let offer = market.offer(at, segment(region)).expect("sold there");
    let usage = Usage { electricity_kwh: 1_000, night_percent: 42, gas_kwh: 10_000 };
    offer.year(market.tariffs[at].term_months).expect("rolls on").pence(Metered::from(usage))
}

fn on_sale(market: &PricedMarket, region: &str) -> Vec<String> {
    market.on_sale(segment(region)).map(|(tariff, _)| tariff.id.clone()).collect()
}

fn priced(market: &Market) -> PricedMarket {
    market.price("tariffs.csv").expect("prices")
}

#[test]
fn costs_include_discounts_and_the_roll_off() {
    let market = priced(&market());
    // 365 × 80 p + 1,000 × 24 p + 10,000 × 6 p − £20.
    assert_eq!(pence(&market, "fix", "_A"), 29_200 + 24_000 + 60_000 - 2_000);
    // Half a year at its own rates, half at the supplier's variable ones with their discount.
    let (own, after) = (29_200 + 20_000 + 50_000, 29_200 + 26_000 + 65_000 - 2_000);
    assert_eq!(pence(&market, "short", "_A"), (own + after) / 2);
    assert_eq!(on_sale(&market, "_C"), ["fix", "svt"]);
}

#[test]
fn repricing_moves_what_it_says_and_nothing_else() {
    let before = priced(&market());
    let after = edited(
        r#"[{"reprice": {"tariff": "fix", "part": "unit_rate", "fuel": "electricity", "percent": -10}},
        {"reprice": {"supplier": "Bolt", "part": "standing_charge", "fuel": "gas", "by_pence": 1}}]"#,
    );
    let after = priced(&after.expect("valid"));
    assert_eq!(pence(&after, "fix", "_A"), pence(&before, "fix", "_A") - 2_400);
    assert_eq!(pence(&after, "fix", "_C"), pence(&before, "fix", "_C") - 2_500);
    assert_eq!(pence(&after, "other", "_A"), pence(&before, "other", "_A") + 365);
    assert_eq!(pence(&after, "svt", "_A"), pence(&before, "svt", "_A"));
}

#[test]
fn a_repriced_variable_tariff_moves_what_rolls_onto_it() {
    let before = priced(&market());
    let after = edited(r#"[{"reprice": {"tariff": "svt", "part": "unit_rate", "fuel": "gas", "by_pence": 1}}]"#);
    let after = priced(&after.expect("valid"));
    assert_eq!(pence(&after, "short", "_A"), pence(&before, "short", "_A") + 5_000);
}

#[test]
fn a_fix_in_force_keeps_its_price_and_what_it_rolls_onto_has_the_new_one() {
    let market = parse(&TARIFFS.replace("Bolt,dual,fixed", "Bolt,dual,tracker"), RATES).expect("valid");
    let on = [("fix", "0"), ("fix", "3"), ("fix", "12"), ("fix", "24"), ("other", "12"), ("svt", "")];
    let visits =
        on.map(|(id, months)| format!("{id}{months},_A,dual,single,direct_debit,1000,10000,{id},{months}\n")).concat();
    let visits = format!("visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left\n{visits}");
    let population = valid(|found| parse_visits("visits.csv", visits.as_bytes(), Some(&market), &By::NOTHING, found));
    let unchanged = priced(&market);
    let used = Metered::from(Usage { electricity_kwh: 1_000, night_percent: 42, gas_kwh: 10_000 });
    let change = |edits: &str| {
        let after = priced(&edited_from(&market, edits).expect(edits));
        let years = [&unchanged, &after].map(|market| {
            let stage = population.stage(market, &unchanged, Order::AnnualCost);
            [0, 1, 2, 3, 4, 5].map(|profile| stage.present_deal(profile, used)[0])
        });
        let present: Vec<f64> = years[1].iter().zip(years[0]).map(|(after, before)| after - before).collect();
        (present, pence(&after, "fix", "_A") - pence(&unchanged, "fix", "_A"))
    };
    let by_a_penny =
        |whose: &str| format!(r#"{{"reprice": {{{whose}, "part": "unit_rate", "fuel": "gas", "by_pence": 1}}}}"#);
    let (acme, bolt) = (by_a_penny(r#""supplier": "Acme""#), by_a_penny(r#""supplier": "Bolt""#));
    let rolled_off = vec![10_000.0, 7_500.0, 0.0, 0.0, 10_000.0, 10_000.0];
    assert_eq!(change(&format!("[{acme}, {bolt}]")), (rolled_off, 10_000), "new customers pay the new price");
    let fix = by_a_penny(r#""tariff": "fix""#);
    assert_eq!(change(&format!("[{fix}]")), (vec![0.0; 6], 10_000));
}

/// By meter and payment in _A: the year of `night` at 1,000 kWh, 42 % of them by night, pence.
fn nights(edits: &str) -> Vec<i64> {
    let market = priced(&edited(edits).expect(edits));
    let at = market.tariffs.iter().position(|tariff| tariff.id == "night").expect("night");
    let usage = Usage { electricity_kwh: 1_000, night_percent: 42, gas_kwh: 0 };
    let places = [Meter::Single, Meter::Economy7]
        .into_iter()
        .flat_map(|meter| [Payment::DirectDebit, Payment::Prepayment].map(|payment| (meter, payment)));
    let year = |(meter, payment)| {
        let segment = Segment { fuel: Fuel::Electricity, meter, payment, ..segment("_A") };
        market.offer(at, segment).expect("sold").year(Some(12)).expect("a year").pence(Metered::from(usage))
    };
    places.map(year).collect()
}

#[test]
fn prices_are_set_or_moved_where_the_limits_let_them() {
    let reprice = |rest: &str| format!(r#"[{{"reprice": {{"tariff": "night", "part": "unit_rate", {rest}}}}}]"#);
    let before = nights("[]");
    assert_eq!(before, [18_250 + 25_000, 20_075 + 26_000, 18_250 + 17_400 + 5_880, 20_075 + 17_980 + 6_300]);
    for (rest, change) in [
        // A single meter's rate is set wherever it is sold; 24.503 is exact.
        (r#""fuel": "electricity", "to_pence": 24.503, "meters": ["single"]"#, [-497, -1_497, 0, 0]),
        (r#""rate": "night", "to_pence": 10"#, [0, 0, -1_680, -2_100]),
        (r#""rate": "day", "fuel": "electricity", "to_pence": 31, "payments": ["direct_debit"]"#, [0, 0, 580, 0]),
        (r#""fuel": "electricity", "by_pence": -1, "payments": ["prepayment"]"#, [0, -1_000, 0, -1_000]),
        (r#""rate": "night", "percent": 50"#, [0, 0, 2_940, 3_150]),
        (r#""percent": 10, "meters": ["economy7"], "regions": "all""#, [0, 0, 2_328, 2_428]),
    ] {
        let after = nights(&reprice(rest));
        let changes: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        assert_eq!(changes, change, "{rest}");
    }
    let gas = edited(
        r#"[{"reprice": {"supplier": "Acme", "part": "unit_rate", "fuel": "gas", "to_pence": 7, "regions": ["_C"]}}]"#,
    );
    let (before, after) = (priced(&market()), priced(&gas.expect("valid")));
    assert_eq!(pence(&after, "fix", "_C"), pence(&before, "fix", "_C") + 10_000);
    assert_eq!(pence(&after, "svt", "_C"), pence(&before, "svt", "_C") + 5_000);
    assert_eq!(pence(&after, "fix", "_A"), pence(&before, "fix", "_A"));
}

#[test]
fn what_is_withdrawn_somewhere_is_on_sale_elsewhere() {
    let somewhere = edited(r#"[{"withdraw": {"supplier": "Acme", "regions": ["_A"]}}]"#).expect("valid");
    let after = priced(&somewhere);
    assert_eq!(
        (on_sale(&after, "_A"), on_sale(&after, "_C")),
        (vec!["other".into()], vec!["fix".into(), "svt".into()])
    );
    // Whoever is on it pays what they paid, and nothing is left of what was sold there alone.
    assert_eq!(pence(&after, "fix", "_A"), pence(&priced(&market()), "fix", "_A"));
    let on_sale = |id: &str| somewhere.tariffs()[somewhere.find(id).expect(id)].on_sale;
    assert_eq!(["short", "fix"].map(on_sale), [false, true]);
    let only_fix = edited(r#"[{"withdraw": {"tariff": "fix", "regions": ["_A"]}}]"#).expect("valid");
    let fix = only_fix.find("fix").expect("fix");
    assert!(!only_fix.offers_as(&market()) && only_fix.with_tariff_as_in(&market(), fix).offers_as(&market()));
    let rest = edited(
        r#"[{"withdraw": {"tariff": "fix", "regions": ["_A"]}}, {"withdraw": {"tariff": "fix", "regions": ["_C"]}}]"#,
    );
    let rest = rest.expect("valid");
    assert!(!rest.tariffs()[rest.find("fix").expect("fix")].on_sale);
}

#[test]
fn withdrawn_deals_are_off_sale_but_still_priced() {
    let after = priced(&edited(r#"[{"withdraw": {"supplier": "Acme"}}]"#).expect("valid"));
    assert_eq!(on_sale(&after, "_A"), ["other"]);
    assert_eq!(pence(&after, "fix", "_A"), pence(&priced(&market()), "fix", "_A"));
}

/// An edit that launches a tariff, with some of its text replaced.
fn launch(replace: &str, by: &str) -> String {
    let text = r#"[{"add": {"tariff": {"id": "new", "supplier": "Acme", "name": "New", "fuel": "dual", "kind": "fixed",
        "term_months": 12, "supplier_rating": 4, "dual_fuel_discount_gbp": 20, "meters": ["single"],
        "payments": ["direct_debit"], "regions": ["_A", "_C"]}, "rates": {"like": "fix", "unit_rate_percent": -10}}}]"#;
    assert!(text.contains(replace), "{replace}");
    text.replace(replace, by)
}

#[test]
fn a_launched_tariff_is_sold_last_and_where_it_says() {
    let after = priced(&edited(&launch("", "")).expect("valid"));
    assert_eq!(on_sale(&after, "_C"), ["fix", "svt", "new"]);
    assert_eq!(pence(&after, "new", "_A"), pence(&after, "fix", "_A") - 8_400);
    // As in a tariffs file.
    for (word, is_green) in [("true", true), ("\"yes\"", true), ("\"No\"", false), ("0", false)] {
        let after = edited(&launch("\"term_months\"", &format!("\"green\": {word}, \"term_months\""))).expect(word);
        assert_eq!(after.tariffs().last().map(|tariff| tariff.green), Some(is_green), "{word}");
    }
    let from_file = |file: &str| {
        edited(&launch(r#"{"like": "fix", "unit_rate_percent": -10}"#, &format!(r#"{{"file": "{file}"}}"#)))
    };
    let after = priced(&from_file("new.csv").expect("valid"));
    assert_eq!(pence(&after, "new", "_A"), pence(&after, "fix", "_A"));
    let error = from_file("mixed.csv").expect_err("the file has other tariffs too");
    assert!(error.starts_with("mixed.csv, line 2, tariff_id: got `svt`"), "{error}");
    let error = from_file("absent.csv").expect_err("there is no such file");
    assert!(error.contains("edits[0].add.rates.file: got `absent.csv`"), "{error}");
}

#[test]
fn edits_of_nonsense_are_refused_by_name() {
    let launched = |replace, by, named| (launch(replace, by), named);
    let reprice = |rest: &str, named| (format!(r#"[{{"reprice": {{"tariff": "fix", {rest}}}}}]"#), named);
    for (edits, named) in [
        (r#"[{"withdraw": {"tariff": "gone"}}]"#.into(), "edits[0].withdraw.tariff: got `gone`"),
        (r#"[{"withdraw": {"supplier": "Gone"}}]"#.into(), "edits[0].withdraw.supplier: got `Gone`"),
        (
            r#"[{"withdraw": {"name": "x"}}]"#.into(),
            "[0].withdraw.name: expected another name: one of tariff, supplier",
        ),
        launched(
            "\"term_months\"",
            "\"green\": \"maybe\", \"term_months\"",
            r#"green: got `"maybe"`, expected yes or no, true or false, 1 or 0"#,
        ),
        reprice(r#""part": "unit_rate""#, "[0].reprice: expected exactly one of to_pence, by_pence and percent"),
        reprice(
            r#""part": "unit_rate", "pence": 24.5"#,
            r#"[0].reprice.pence: got `24.5`, expected "to_pence": 24.5 to set the price, or "by_pence": 24.5 to move it"#,
        ),
        reprice(r#""part": "unit_rate", "to_pence": 24.5"#, "[0].reprice: expected a `fuel`, electricity or gas"),
        reprice(r#""part": "unit_rate", "by_pence": 1"#, "[0].reprice: expected a `fuel`, electricity or gas"),
        reprice(r#""part": "standing_charge", "rate": "day", "percent": 1"#, "[0].reprice: expected no `rate`"),
        reprice(
            r#""part": "unit_rate", "fuel": "gas", "rate": "day", "percent": 1"#,
            "[0].reprice: expected no `rate`",
        ),
        reprice(
            r#""part": "unit_rate", "fuel": "dual", "percent": 1"#,
            "[0].reprice.fuel: got `dual`, expected electricity",
        ),
        reprice(
            r#""part": "unit_rate", "rate": "night", "percent": 1"#,
            "edits[0].reprice.rate: got `night`, expected none",
        ),
        reprice(
            r#""part": "unit_rate", "fuel": "electricity", "by_pence": -30"#,
            "edits[0].reprice.by_pence: got `-30`, expected a change that leaves `fix` from 0 to 120 p in _A",
        ),
        reprice(r#""part": "unit_rate", "percent": 900"#, "edits[0].reprice.percent: got `900`"),
        reprice(
            r#""part": "unit_rate", "fuel": "gas", "to_pence": 61"#,
            "edits[0].reprice.to_pence: got `61`, expected 0 to 60 p, of `fix` in _A",
        ),
        reprice(
            r#""part": "unit_rate", "percent": 1, "regions": ["_A", "_B"]"#,
            "edits[0].reprice.regions[1]: got `_B`, expected _A, _C: `fix` is sold in no other region",
        ),
        reprice(r#""part": "unit_rate", "percent": 1, "meters": []"#, "[0].reprice.meters: expected at least one"),
        reprice(r#""part": "unit_rate", "meters": [], "percent": 1"#, "[0].reprice.meters: expected at least one"),
        (
            r#"[{"reprice": {"tariff": "night", "part": "unit_rate", "fuel": "electricity", "to_pence": 24}}]"#.into(),
            "edits[0].reprice.to_pence: got `24`, expected `rate` beside it, day or night, or `meters` that are single",
        ),
        (
            r#"[{"reprice": {"tariff": "night", "part": "unit_rate", "rate": "night", "percent": 1, "meters": ["single"]}}]"#.into(),
            "edits[0].reprice.meters[0]: got `single`, expected economy7: `night` has a night rate for no other meter",
        ),
        (
            r#"[{"withdraw": {"supplier": "Acme", "payments": ["prepayment"]}}]"#.into(),
            "edits[0].withdraw.payments[0]: got `prepayment`, expected direct_debit: Acme sells for no other payment",
        ),
        (
            r#"[{"withdraw": {"supplier": "Crow", "region": ["_A"]}}]"#.into(),
            "[0].withdraw.region: expected another name: `regions`?",
        ),
        (
            r#"[{"reprice": {"part": "unit_rate", "percent": 1}}]"#.into(),
            "[0].reprice: expected exactly one of tariff and supplier",
        ),
        (r#"[{"withdraw": {"tariff": "fix"}, "reprice": {}}]"#.into(), "exactly one of add, withdraw and reprice"),
        (r#"[{}]"#.into(), "exactly one of add, withdraw and reprice"),
        (r#"[{"add": null}]"#.into(), "[0].add: got `null`, expected an object"),
        (r#"[[]]"#.into(), "[0]: got `[ … ]`, expected an object"),
        launched(
            r#""unit_rate_percent": -10"#,
            r#""unit_rate_percent": -200"#,
            "[0].add.rates.unit_rate_percent: got `-200`",
        ),
        launched(
            r#"{"like": "fix", "unit_rate_percent": -10}"#,
            "[]",
            "[0].add.rates: got `[ … ]`, expected an object",
        ),
        (
            r#"[{"add": {"rates": {"like": "fix", "file": "new.csv"}, "tariff": {}}}]"#.into(),
            "[0].add.rates: expected either `like`, a tariff, or `file`, a rates file",
        ),
        launched(r#""id": "new""#, r#""id": "fix""#, "edits[0].add.tariff.id: got `fix`"),
        launched(r#""id": "new""#, r#""id": "no_switch""#, "outside option"),
        launched(r#""like": "fix""#, r#""like": "short""#, "edits[0].add.rates.like: got `short`"),
        launched(r#""like": "fix""#, r#""like": "gone""#, "edits[0].add.rates.like: got `gone`"),
        launched(r#""supplier_rating": 4"#, r#""supplier_rating": 5"#, "edits[0].add.tariff.supplier_rating: got `5`"),
        launched(r#""_A", "_C""#, r#""_Z""#, r#"[0].add.tariff.regions: got `"_Z"`, expected a GSP group"#),
        launched(r#""kind": "fixed""#, r#""kind": "variable""#, "edits[0].add.tariff.term_months"),
        launched(
            r#""dual_fuel_discount_gbp": 20"#,
            r#""discount": 20"#,
            "[0].add.tariff.discount: expected another name: one of id, supplier",
        ),
    ] {
        let error = edited(&edits).expect_err(&edits);
        assert!(error.starts_with("s.json") && error.contains(named), "{error}");
    }
}

#[test]
fn markets_that_do_not_hold_together_are_refused_by_name() {
    let tariffs = |from: &str, to: &str| (TARIFFS.replace(from, to), RATES.to_owned());
    let rates = |from: &str, to: &str| (TARIFFS.to_owned(), RATES.replace(from, to));
    for ((tariffs, rates), named) in [
        (
            tariffs("_A,yes\nother", "_A|_B,yes\nother"),
            "tariffs.csv, line 4, tariff_id: got `short`, expected rates for it",
        ),
        (rates("other,_A", "other,_B"), "rates.csv, line 7, region: got `_B`"),
        (rates("fix,_C", "fix,_A"), "rates.csv, line 5, tariff_id: got `fix`, expected one row"),
        (
            tariffs("fixed,12,50,no,4,20", "variable,,50,no,4,20"),
            "tariffs.csv, tariff_id: got `fix`, expected one variable",
        ),
        (
            tariffs("variable,,0,no,4,20", "fixed,12,0,no,4,20"),
            "tariffs.csv, tariff_id: got `short`, expected a variable",
        ),
        (
            rates("included,50,24,,30,6\n", "included,2,24,,3,6\n"),
            "tariffs.csv, tariff_id: got `fix`, expected a dual-fuel",
        ),
    ] {
        let error = parse(&tariffs, &rates).and_then(|market| Ok(market.price("tariffs.csv")?)).expect_err(named);
        assert!(error.to_string().starts_with(named), "{error}");
    }
}
