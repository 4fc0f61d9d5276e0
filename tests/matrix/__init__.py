"""What `make matrix` runs: our promises against real kernels and servers, in several versions. Not collected by pytest: too long."""
