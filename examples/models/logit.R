# Switchyard's own mixed logit as a model command: a model of your own can begin as a copy of this.
#
#     switchyard predict examples/undercut.json --model-command 'Rscript examples/models/logit.R examples/model.json'
#
# Reads the alternatives of a chunk of visits as CSV, as docs/visits.md describes them, and prints a probability for each row.
# Needs the package jsonlite.

coefficients <- jsonlite::fromJSON(commandArgs(trailingOnly = TRUE)[1])$coefficients
rows <- read.csv(file("stdin"))

# A coefficient as each visit has it: `z` is its standard normal draw.
taste <- function(coefficient, z) {
  distribution <- if (is.null(coefficient$distribution)) "fixed" else coefficient$distribution
  switch(distribution,
    fixed = coefficient$mean,
    normal = coefficient$mean + coefficient$sd * z,
    lognormal = exp(coefficient$mean + coefficient$sd * z),
    negative_lognormal = -exp(coefficient$mean + coefficient$sd * z)
  )
}

utility <- 0
for (name in names(coefficients)) {
  utility <- utility + taste(coefficients[[name]], rows[[paste0("z_", name)]]) * rows[[name]]
}

# Each visit and market begins with its outside option, the only alternative with `no_switch`.
visit <- cumsum(rows$no_switch)
weight <- exp(utility - ave(utility, visit, FUN = max))
probability <- weight / ave(weight, visit, FUN = sum)
writeLines(sprintf("%.9g", probability))
