"""What was promised to whom by when: working time, targets, clocks, forecasts, and the ledger of promises."""
