"""Getting back from brands and suppliers what was done at their cost, job by job."""
