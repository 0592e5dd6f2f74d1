"""Reads a folder's tables of visits as people do, and prints what it finds as JSON: `visits.py DIR`."""

import json
import sys
from pathlib import Path

import duckdb
import pyarrow.csv as csv
import pyarrow.parquet as parquet

folder = Path(sys.argv[1])
tables = {name: parquet.read_table(folder / f"{name}.parquet") for name in ("visits", "long")}
connection = duckdb.connect()
for name in tables:
    connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")


def rows(query):
    return connection.execute(query).fetchall()


def shares(query):
    return {f"{market} {tariff}": count for market, tariff, count in rows(query)}


def chosen(table):
    counted = table.group_by(["market", "chosen_tariff_id"]).aggregate([([], "count_all")]).to_pylist()
    return {f"{row['market']} {row['chosen_tariff_id']}": row["count_all"] for row in counted}


def csv_says_the_same(name, table):
    """Read with the types of the Parquet file, to the last bit."""
    read = csv.read_csv(folder / f"{name}.csv", convert_options=csv.ConvertOptions(column_types=table.schema.remove_metadata()))
    return read.column_names == table.column_names and all(a.equals(b) for a, b in zip(read.columns, table.columns))


# What the long table says of each visit and market.
connection.execute("""
    CREATE TABLE said AS SELECT visit, market, count(*) - 1 AS deals, sum(chosen) AS choices, sum(probability) AS certain,
        any_value(annual_cost_gbp) FILTER (no_switch = 1) AS present_cost_gbp,
        min(annual_cost_gbp) FILTER (no_switch = 0) AS cheapest_cost_gbp,
        any_value(annual_cost_gbp) FILTER (chosen = 1) AS chosen_cost_gbp,
        any_value(position) FILTER (chosen = 1) AS position, any_value(saving_gbp) FILTER (chosen = 1) AS saving_gbp,
        max(annual_cost_gbp + saving_gbp) FILTER (no_switch = 0) AS worth_most,
        min(annual_cost_gbp + saving_gbp) FILTER (no_switch = 0) AS worth_least,
    FROM long GROUP BY visit, market""")
consistent = rows("""
    SELECT count(*) FROM visits JOIN said USING (visit, market, deals, position, present_cost_gbp, cheapest_cost_gbp,
        chosen_cost_gbp, saving_gbp)
    WHERE choices = 1 AND abs(certain - 1) < 1e-5
        AND abs(worth_most - worth_least) < 1e-6 AND abs(worth_most - present_cost_gbp + leaving_fee_gbp) < 1e-6""")

found = {
    "schema": {name: {field.name: str(field.type) for field in table.schema} for name, table in tables.items()},
    "about": {name: json.loads(table.schema.metadata[b"switchyard.columns"]) for name, table in tables.items()},
    "rows": {name: table.num_rows for name, table in tables.items()},
    "nulls": sum(column.null_count for table in tables.values() for column in table.columns),
    "csv": {name: csv_says_the_same(name, table) for name, table in tables.items()},
    "chosen": {
        "pyarrow": chosen(tables["visits"]),
        "duckdb": shares("SELECT market, tariff_id, sum(chosen)::INT FROM long WHERE chosen = 1 GROUP BY ALL"),
    },
    "consistent": consistent[0][0],
    "saving": dict(rows("SELECT market, sum(probability * saving_gbp) FROM long GROUP BY ALL")),
    "cost": rows("SELECT min(present_cost_gbp), max(present_cost_gbp) FROM visits")[0],
}
print(json.dumps(found))
