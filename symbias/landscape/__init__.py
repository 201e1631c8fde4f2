"""Loss landscapes of two-layer networks with Gaussian inputs."""
