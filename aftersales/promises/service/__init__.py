"""What is done with hours, targets, clocks and promises."""
