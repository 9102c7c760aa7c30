"""What integrators need to test their own code: a fictional network, made in memory from visible coins."""
