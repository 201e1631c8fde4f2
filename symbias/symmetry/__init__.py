"""Groups that permute rows and columns in blocks of symbolic size, and what they leave of an equivariant matrix."""

from symbias.symmetry.components import components as components
from symbias.symmetry.equivariance import assert_equivariant as assert_equivariant
from symbias.symmetry.group import Group as Group
from symbias.symmetry.group import permutations as permutations
