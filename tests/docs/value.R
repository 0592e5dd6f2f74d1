# Runs a snippet of the documentation, `value.R FILE.r`, and prints the numbers of its last expression.

value <- source(commandArgs(trailingOnly = TRUE)[1])$value
if (is.data.frame(value)) value <- unlist(value[sapply(value, is.numeric)])
writeLines(sprintf("%.17g", as.numeric(value)))
