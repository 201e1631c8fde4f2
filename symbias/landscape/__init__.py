"""Loss landscapes of two-layer networks with Gaussian inputs."""

from symbias.landscape.activation_claims import relu_dual as relu_dual
from symbias.landscape.angle_kernel import relu_angle_kernel as relu_angle_kernel
