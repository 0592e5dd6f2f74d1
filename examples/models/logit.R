# Switchyard's own mixed logit as a model command: a model of your own can begin as a copy of this.
#
#     switchyard predict examples/undercut.json --model-command 'Rscript examples/models/logit.R examples/model.json'
#
# Reads the alternatives of a chunk of visits as CSV, as docs/visits.md describes them, and prints a probability for each row.
# Needs the package jsonlite.

model <- jsonlite::fromJSON(commandArgs(trailingOnly = TRUE)[1])
rows <- read.csv(file("stdin"))

# The normal under a coefficient, as each visit has it. `z_…` are its standard normal draws: its own moves it by its sd or, of
# correlated tastes, those of all by its row of the factor.
normal <- function(name) {
  coefficient <- model$coefficients[[name]]
  correlated <- model$cholesky$variables
  if (name %in% correlated) {
    z <- as.matrix(rows[paste0("z_", correlated)])
    coefficient$mean + drop(z %*% model$cholesky$matrix[match(name, correlated), ])
  } else if (is.null(coefficient$sd)) {
    coefficient$mean
  } else {
    coefficient$mean + coefficient$sd * rows[[paste0("z_", name)]]
  }
}

taste <- function(name) {
  distribution <- model$coefficients[[name]]$distribution
  switch(if (is.null(distribution)) "fixed" else distribution,
    fixed = , normal = , n = normal(name),
    lognormal = , ln = exp(normal(name)),
    negative_lognormal = , nln = -exp(normal(name))
  )
}

utility <- 0
for (name in names(model$coefficients)) utility <- utility + taste(name) * rows[[name]]

# Each visit and market begins with its outside option, the only alternative with `no_switch`.
visit <- cumsum(rows$no_switch)
weight <- exp(utility - ave(utility, visit, FUN = max))
probability <- weight / ave(weight, visit, FUN = sum)
writeLines(sprintf("%.9g", probability))
