"""Loss landscapes of two-layer networks with Gaussian inputs."""

from symbias.landscape.angle_kernel import relu_angle_kernel as relu_angle_kernel
