"""Many independent tasks, here or on a cluster, with equal results: what tournaments, sweeps and evaluations run on."""
