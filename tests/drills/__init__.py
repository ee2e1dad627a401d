"""Drills: the accidents of a company's life, made to happen on real processes, and a check of what is left afterwards.

`drill_<name>.py` is a drill, with its negative control: the same with one safeguard taken away, which the check must
notice. `make drills` runs them all, `make drill NAME=<name>` one; the suite does not, for they take minutes.
`test_<name>.py` beside it belongs to the suite and proves with doctored data that the drill's check can fail.

A drill reports its figures with pytest's own `record_property("changes acknowledged", 412)`; at the end they are
printed as the table that stands in `docs/drills.md`.
"""
