"""What measurements give, in one shape: figures, tables, plots and traces, as JSON and as one HTML file."""
