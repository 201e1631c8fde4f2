"""Families of spurious minima of two-layer ReLU networks: their loss, their whole Hessian, where they become minima.

k = d neurons learn d neurons with orthonormal weights from Gaussian inputs. Critical points with symmetry are followed
as functions of a real dimension d; their d^2 eigenvalues split into a few blocks, one per irreducible representation of
the permutations that are left. The loss is L(W) = E(sum_i relu(w_i.x) - sum_j relu(x_j))^2 / 2. Family A reflects all
neurons, I all but one, II one of them.
"""

from functools import cache

import numpy as np
import sympy as sp

import symbias as sb

pi, sqrt = sp.pi, sp.sqrt
half, quarter = sp.Rational(1, 2), sp.Rational(1, 4)
z = sp.symbols("z")

loss = sb.PopulationLoss(sb.activations.relu)
FAMILIES = {name: loss.family(name) for name in ("global", "A", "I", "II")}
SPURIOUS = ("A", "I", "II")
d = FAMILIES["II"].size

# --- derivation: losses ---------------------------------------------------------------------------

decay = sb.Derivation(
    "Losses of the families to order 1/d", [d > 30], cites=["arjevani2021", "safran2018"]
)
expansions = {name: FAMILIES[name].loss_series(3) for name in SPURIOUS}
decay.start(expansions["II"], "type II: the equations solved order by order in 1/sqrt(d)")
decay.rewrite((half - 2 / pi**2) / d, "collect")
loss_II = decay.conclude(sp.Function("L_II")(d), "loss_II", reference="arjevani2021")
decay.start(expansions["A"], "A: the same, from the reflected identity")
decay.rewrite(
    half - 1 / pi - 4 / (3 * pi * sqrt(d)) - (pi**2 - 6 * pi + 4) / (2 * pi**2 * d), "collect"
)
loss_A = decay.conclude(sp.Function("L_A")(d), "loss_A")
decay.start(expansions["I"], "type I: the same, one neuron not reflected")
decay.rewrite(
    half - 1 / pi - 4 / (3 * pi * sqrt(d)) - (pi**2 - 5 * pi + 4) / (pi**2 * d), "collect"
)
loss_I = decay.conclude(sp.Function("L_I")(d), "loss_I")

# --- derivation: the spectrum at the global minimum, for every d ----------------------------------

teacher = sb.Derivation(
    "The Hessian at the global minimum", [d > 3], cites=["arjevani2020", "arjevani2021"]
)
blocks = FAMILIES["global"].hessian_blocks()
(single_x,), (single_y,) = blocks["x"], blocks["y"]
p_standard, p_trivial = (blocks[name].charpoly(z).as_expr() for name in ("s", "t"))
teacher.start(single_x, "component x, (d-1)(d-2)/2 eigenvalues")
teacher.rewrite(quarter - 1 / (2 * pi), "collect")
bulk_x = teacher.conclude(sp.Function("lambda_x")(d), "global_x", reference="arjevani2020")
teacher.start(single_y, "component y, d(d-3)/2 eigenvalues")
teacher.rewrite(quarter + 1 / (2 * pi), "collect")
bulk_y = teacher.conclude(sp.Function("lambda_y")(d), "global_y", reference="arjevani2020")
teacher.start(p_standard, "component s, d - 1 times each root")
teacher.rewrite(
    (z - quarter + 1 / (2 * pi))
    * (z**2 - (d + 2) * z / 4 + d / 16 + (pi**2 + 4 * pi - 4) / (16 * pi**2)),
    "factor",
)
standard = teacher.conclude(sp.Function("p_s")(z, d), "global_s")
teacher.start(p_trivial, "component t, each root once")
teacher.rewrite(
    z**2
    - (pi * d + 2 * d + 2 * pi) * z / (4 * pi)
    + (2 * pi * d**2 + (pi**2 - 2 * pi + 4) * d + pi**2 + 4 * pi - 4) / (16 * pi**2),
    "expand",
)
trivial = teacher.conclude(sp.Function("p_t")(z, d), "global_t")

# --- derivation: all eigenvalues to order d^(-1/2) ------------------------------------------------

SHOWN = sb.at_scale(("global", "A", "II"), ("global", "A", "I", "II"))


@cache
def spectrum(name):
    """Component, multiplicity and eigenvalue up to d^(-1/2)."""
    return FAMILIES[name].spectrum_series(2)


(A_x,), (A_y,) = (spectrum("A").of(name) for name in ("x", "y"))
(II_x,), (II_y,) = (spectrum("II").of(name) for name in ("x", "y"))
II_s, *_ = spectrum("II").of("s")

bulk = sb.Derivation(
    "The bulk of the spectra to order d^(-1/2)", [d > 30], cites=["arjevani2020", "arjevani2021"]
)
bulk.start(A_x, "A, component x")
bulk.rewrite(quarter - 1 / (2 * pi) - 1 / (pi * sqrt(d)), "collect")
bulk_A_x = bulk.conclude(sp.Function("lambda_Ax")(d), "bulk_A_x")
bulk.start(A_y, "A, component y")
bulk.rewrite(quarter + 1 / (2 * pi) - 1 / (pi * sqrt(d)), "collect")
bulk_A_y = bulk.conclude(sp.Function("lambda_Ay")(d), "bulk_A_y")
bulk.start(II_x, "II, component x: no term of order d^(-1/2)")
bulk.rewrite(quarter - 1 / (2 * pi), "collect")
bulk_II_x = bulk.conclude(sp.Function("lambda_IIx")(d), "bulk_II_x", reference="arjevani2021")
bulk.start(II_y, "II, component y: the same")
bulk.rewrite(quarter + 1 / (2 * pi), "collect")
bulk_II_y = bulk.conclude(sp.Function("lambda_IIy")(d), "bulk_II_y", reference="arjevani2021")
bulk.start(II_s, "II, smallest of component s")
bulk.rewrite(quarter - 1 / (2 * pi) - 1 / (pi**2 * sqrt(d)), "collect")
bulk_II_s = bulk.conclude(sp.Function("lambda_IIs")(d), "bulk_II_s")

# --- claims ---------------------------------------------------------------------------------------

DENSE = sb.at_scale((7,), (6, 7, 8, 9, 10, 11, 12))


def dense(name, size):
    """Eigenvalues of the Hessian written out, by an independent formula for its entries."""
    return np.linalg.eigvalsh(loss.hessian(FAMILIES[name].at(size).matrix()))


def listed(name, size):
    """Eigenvalues of the blocks, each as often as its component's dimension."""
    rows = list(FAMILIES[name].at(size).spectrum())
    return np.sort(np.repeat([r.eigenvalue for r in rows], [r.multiplicity for r in rows]))


@sb.claim("the gradient vanishes at every member", relation="<=")
def critical():
    members = [(name, size) for name in SPURIOUS for size in (*DENSE, 40)]
    found = [
        np.abs(loss.gradient(FAMILIES[name].at(size).matrix())).max() for name, size in members
    ]
    return found, [1e-12] * len(found)


@sb.claim("blocks have the eigenvalues of the dense Hessian", tolerance=1e-11, of=standard)
def spectra():
    pairs = [(name, size) for name in FAMILIES for size in DENSE]
    return [listed(*p) for p in pairs], [dense(*p) for p in pairs]


@sb.claim("losses at d = 400 are those of the expansions", tolerance=3e-3, of=loss_A)
def losses():
    # The first term left out is smaller than the last one kept by 1/sqrt(d).
    forms = {"A": loss_A, "I": loss_I}
    predicted = [float(form.rhs.subs(d, 400)) for form in forms.values()]
    return predicted, [loss.value(FAMILIES[name].at(400).matrix()) for name in forms]


@sb.claim("saddles become minima at the integer above the fractional threshold", tolerance=1e-12)
def thresholds():
    predicted, measured = [], []
    for name in SPURIOUS:
        _, value = FAMILIES[name].thresholds()[0]
        predicted.append(int(np.ceil(value)))
        smallest = [dense(name, size)[0] for size in range(4, 9)]
        measured.append(4 + int(np.argmax(np.array(smallest) > 0)))
    return predicted, measured


@sb.claim(
    "the three thresholds lie between dimensions proved to have different indices", tolerance=1e-12
)
def brackets():
    proofs = [FAMILIES[name].certify_threshold(0) for name in SPURIOUS]
    predicted = [FAMILIES[name].thresholds()[0][1] for name in SPURIOUS]
    return predicted, [float(proof.low if proof.proved else 0) for proof in proofs]


def perturbed(name, size, distance):
    noise = np.random.default_rng(1).normal(size=(size, size))
    return FAMILIES[name].at(size).matrix() + distance * noise / np.linalg.norm(noise)


@sb.claim("gradient descent returns to II at d = 8", tolerance=1e-6, of=bulk_II_s)
def returns():
    run = loss.descend(perturbed("II", 8, 1e-2), step=0.4, steps=20_000)
    return FAMILIES["II"].at(8).loss, run.loss[-1]


@sb.claim("and leaves it at d = 5, where it is a saddle", relation="<=")
def leaves():
    run = loss.descend(perturbed("II", 5, 1e-2), step=0.4, steps=100_000)
    return run.loss[-1], 0.1 * FAMILIES["II"].at(5).loss


@sb.claim(
    "type II is a minimum in every dimension from 6 on, as far as looked at: proved",
    relation="==",
    tolerance=1e-12,
)
def proved():
    sizes = range(6, sb.at_scale(31, 201))
    proofs = [FAMILIES["II"].at(size).certify() for size in sizes]
    return [0] * len(proofs), [proof.index if proof.proved else -1 for proof in proofs]


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Smallest eigenvalues against the real dimension d")
def crossings(ax):
    colours = {"A": "#0072B2", "I": "#D55E00", "II": "#009E73"}
    dimensions = np.linspace(5.02, 14, 40)
    for name, colour in colours.items():
        smallest = [FAMILIES[name].at(float(x)).spectrum().smallest for x in dimensions]
        component, value = FAMILIES[name].thresholds()[0]
        ax.plot(dimensions, smallest, color=colour, label=f"{name}, {component} at {value:.6g}")
        ax.plot([value], [0.0], "o", color=colour, ms=4)
    ax.axhline(0.0, color="#000000", linewidth=0.6)
    ax.set(xlabel="d", ylabel="smallest eigenvalue")
    ax.legend(frameon=False, fontsize="small", title="families and their thresholds")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "arjevani2021",
    [
        (
            "families of spurious minima whose loss decays like a/k with a about 0.3 (abstract, earlier paper)",
            "type II: (1/2 - 2/pi^2)/d = 0.297/d, derived exactly",
            "agrees",
        ),
        (
            "others whose loss tends to a strictly positive constant (the same)",
            "A and I: 1/2 - 1/pi = 0.18169",
            "agrees",
        ),
        (
            "Hessian spectra at spurious and global minima coincide to order d^(-1/2) (abstracts)",
            "they do; at order d^(-1/2) A and I lose 1/(pi sqrt(d)) in the bulk, II nothing",
            "agrees",
        ),
        (
            "fractional dimensions at which saddles become minima (abstract)",
            "5.763812735 (A, x), 6.744830656 (I, x), 5.585505247 (II, s), each proved in a bracket",
            "text not read",
        ),
        (
            "spurious minima for k >= 6, proved for 6 <= k <= 20 (Safran and Shamir 2018)",
            "type II is proved to be a minimum for every d that was asked for",
            "agrees",
        ),
    ],
)

if __name__ == "__main__":
    for name in SHOWN:
        print(f"{name}: component, multiplicity, eigenvalue to order d^(-1/2)")
        for row in spectrum(name):
            print(f"  {row.component}  {row.multiplicity}  {row.eigenvalue}")
    print(sb.verify(__file__))
