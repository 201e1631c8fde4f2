"""A call that works for every public function and method: what the fuzzer spoils."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import sympy as sp
from fuzzing import Call, call
from subjects import (
    DATA,
    LABELS,
    RESIDUALS,
    ROWS,
    TALL,
    a,
    b,
    beta,
    claim,
    claimed,
    derivation,
    diagonal,
    formula,
    grad,
    heavy_ball,
    identity,
    kernel,
    network,
    on,
    pair,
    program,
    regularizer,
    run,
    small,
    start,
    step,
    t,
    theta,
    threshold,
    titled,
    v,
    weights,
    x,
    y,
    z,
)

import symbias as sb


def symbolic() -> list[Call]:
    """Derivations, formulas, kernels."""
    line = (lambda: ((x + 1) ** 2, "expand", "==", [sp.Eq(y, 0)]), 2.0)
    return [
        call("Derivation", sb.Derivation, lambda: ("a title", [x > 0], ("polyak1964",)), 2.0),
        call("Derivation.start", on(derivation, "start"), lambda: (x**2, "given"), 2.0),
        call("Derivation.rewrite", on(derivation, "rewrite"), *line, seconds=0.5),
        call(
            "Derivation.rewrite ~",
            on(derivation, "rewrite"),
            lambda: (x**2, "grows", "~"),
            clock=(x, sp.oo),
            seconds=0.5,
        ),
        call("Derivation.cite", on(derivation, "cite"), lambda: (x, "polyak1964")),
        call("Derivation.assume", on(derivation, "assume"), lambda: (x, "ansatz")),
        call("Derivation.use", on(derivation, "use"), lambda: (formula(),)),
        call(
            "Derivation.conclude",
            on(derivation, "conclude"),
            lambda: (sp.Function("f")(x), "name", "==", x > 0, "polyak1964", None),
            2.0,
        ),
        call("Derivation.check", on(derivation, "check"), seconds=1.0),
        call("Derivation.latex", on(derivation, "latex"), lambda: ("full",)),
        call(
            "Derivation.write_tex", on(derivation, "write_tex"), lambda: ("x.tex",), standalone=True
        ),
        call("Formula.evalf", formula().evalf, lambda: (15, {x: 1}), 2.0),
        call("Formula.evalf by name", formula().evalf, lambda: (15,), x=1),
        call("Formula.subs", formula().subs, lambda: ({x: y},), 2.0),
        call("Formula.subs pair", formula().subs, lambda: (x, 1)),
        call("Formula.compile", formula().compile),
        call("Formula.latex", formula().latex),
        call("compile", sb.compile, lambda: ([x + y, sp.sin(x)], [x, y]), 4.0),
        call("compile one", sb.compile, lambda: (sp.log(1 + x**2) / y, (x, y)), 2.0),
        call("Kernel()", kernel(), lambda: (np.ones(3), 2.0), 3.0),
        call("Kernel() by name", kernel(), x=1.0, y=np.ones((2, 3))),
        call("Kernel() by dict", kernel(), lambda: ({x: 1.0, y: 2.0},)),
        call("Kernel.mp", kernel().mp, lambda: (20,)),
        call("Kernel.mp()", kernel().mp(20), lambda: (1, 2.5), 2.0),
        call("Kernel.report", kernel().report),
    ]


def proofs() -> list[Call]:
    """Bounds and roots by interval arithmetic."""
    box = {x: (0, 1)}
    system = [x**2 + y**2 - 1, y - x**3]
    return [
        call("prove", sb.prove, lambda: (sp.sin(x) <= x + 1, dict(box)), 2.0, seconds=1.0),
        call(
            "prove_monotone", sb.prove_monotone, lambda: (x * sp.exp(-x), x, dict(box)), seconds=1.0
        ),
        call("roots", sb.roots, lambda: (sp.cos(x) - x / 5, -5, 5), 2.0, digits=15, seconds=1.0),
        call("unique_root", sb.unique_root, lambda: (sp.exp(-x) - x, 0, 1), digits=15, seconds=1.0),
        call("unique_solution", sb.unique_solution, lambda: (system, {x: 0.8, y: 0.6}), digits=15),
        call("Formula.enclose", formula().enclose, lambda: (15, {x: (0, 1)}), 2.0),
        call("Kernel.ball", kernel().ball, lambda: (20,)),
        call("Kernel.ball()", kernel().ball(20), lambda: ((1, 2), 2.5), 2.0),
        call("Enclosure.contains", formula().enclose(15, {x: 1}).contains, lambda: (4,)),
    ]


def models() -> list[Call]:
    """Parametrizations, update rules."""
    made = sb.parametrizations
    rule = sb.UpdateRule
    line = theta(t) - step * grad((theta(t) + theta(t - 1)) / 2)
    init = (lambda: (dict.fromkeys(diagonal().parameters, 1),), 2.0)
    two = small().parameters
    return [
        call("Parametrization", sb.Parametrization, lambda: ([a**2 - v**2], [a, v]), 3.0),
        call("conservation_laws", small().conservation_laws, lambda: (dict.fromkeys(two, 1),)),
        call("coordinatewise", diagonal().coordinatewise, lambda: (3,)),
        call("jacobian", diagonal().jacobian),
        call("pack", diagonal().pack, lambda: (start(), 3)),
        call("unpack", diagonal().unpack, lambda: (diagonal().pack(start(), 3),)),
        call("regularizer", diagonal().regularizer, *init),
        call("regularizer of a product", small().regularizer, lambda: ({two[0]: 1, two[1]: 2},)),
        call("chain", made.chain, lambda: (2, 2)),
        call("convolution", made.convolution, lambda: ((2, 2),)),
        call("diagonal", made.diagonal, lambda: (2,)),
        call("linear_network", made.linear_network, lambda: ((2, 2, 1),)),
        call("neuron", made.neuron, lambda: (2,)),
        call("signed_diagonal", made.signed_diagonal, lambda: (3,)),
        call("two_layer_relu", made.two_layer_relu, lambda: (2, 2), bias=True),
        call("UpdateRule.adam", rule.adam, lambda: (sp.Rational(9, 10),)),
        call("UpdateRule.cycle", rule.cycle, lambda: ([1, 2],)),
        call("UpdateRule.extragradient", rule.extragradient),
        call(
            "UpdateRule.from_recurrence",
            rule.from_recurrence,
            lambda: (line, theta, grad, t, step),
            2.0,
        ),
        call("UpdateRule.from_torch", rule.from_torch, lambda: (0.9, 0.1, False, 0)),
        call("UpdateRule.gradient_descent", rule.gradient_descent),
        call("UpdateRule.heavy_ball", rule.heavy_ball, lambda: (0.9, 0.1)),
        call("UpdateRule.lookahead", rule.lookahead, lambda: (3, 0.5)),
        call("UpdateRule.nesterov", rule.nesterov, lambda: (0.9,)),
        call("UpdateRule.optimistic", rule.optimistic),
        call("UpdateRule.quasi_hyperbolic", rule.quasi_hyperbolic, lambda: (0.9, 0.7)),
        call("UpdateRule.shifted_momentum", rule.shifted_momentum, lambda: (0.9, 1)),
        call("characteristic", heavy_ball().characteristic, lambda: (z, x)),
        call("shifted", heavy_ball().shifted, lambda: (x,)),
        call("delayed", heavy_ball().delayed, lambda: (2,)),
        call("delayed at random", heavy_ball().delayed, lambda: ({1: 0.5, 2: 0.5},)),
        call("threshold", heavy_ball().threshold),
        call("mean_square_threshold", heavy_ball().mean_square_threshold, lambda: (2, 1), beta=0.5),
    ]


def results() -> list[Call]:
    """What results and the catalogue answer."""
    found = regularizer()
    rows = sb.catalogue()
    result = sb.landscape.relu_angle_kernel()
    cosine = dict.fromkeys(result.formula.symbols, 0.5)
    return [
        call("Threshold.value", threshold().value, lambda: (15, {beta: 0.5}), 2.0),
        call("Threshold.value by name", threshold().value, lambda: (15,), beta=0.5),
        call("Threshold.set_at", threshold().set_at, lambda: ({beta: 0.5},)),
        call("Threshold.compile", threshold().compile),
        call("Threshold.latex", threshold().latex),
        call("Threshold.verify", threshold().verify, lambda: (0, None), 0.05),
        call("Regularizer.minimizer", found.minimizer, lambda: (DATA, LABELS), 2.0),
        call("Regularizer.limit", found.limit, lambda: ("rich",)),
        call("Regularizer.rate", found.rate, lambda: (DATA, LABELS, "rich"), 0.5),
        call("Regularizer.check_width", found.check_width, lambda: (3,)),
        call("Regularizer.finite_step", found.finite_step, lambda: (run(),)),
        call("Regularizer.latex", found.latex),
        call("Regularizer.compile", found.compile),
        call("Regularizer.verify", found.verify, lambda: (DATA, LABELS, 0, None), 0.1),
        call("Laws.latex", small().conservation_laws().latex),
        call("Laws.compile", small().conservation_laws().compile),
        call("Laws.verify", small().conservation_laws().verify, lambda: (0, None), 0.05),
        call("Result.verify", result.verify, lambda: (0, None), 0.05),
        call("Result.latex", result.latex),
        call("Result.formula.evalf", result.formula.evalf, lambda: (30, cosine)),
        call("relu_angle_kernel", sb.landscape.relu_angle_kernel),
        call("catalogue", sb.catalogue),
        replace(
            call("Catalogue[]", rows.__getitem__, lambda: ("relu_angle_kernel",)),
            also=(IndexError,),
        ),
        call("Catalogue.entry", rows.entry, lambda: ("relu_angle_kernel",)),
        call("Catalogue.find", rows.find, lambda: ("relu",)),
        call("cite", sb.cite, lambda: ("polyak1964",), 2.0),
        call("about", sb.about),
    ]


def stability() -> list[Call]:
    """The room of update rules and minibatches."""
    room = sb.stability
    batch = (lambda: (TALL, 2, False), 1.5)
    noisy = (lambda: (TALL, RESIDUALS, 2, 0.1, False),)
    rule = sb.UpdateRule
    return [
        call("almost_sure_exponent", room.almost_sure_exponent, lambda: (TALL, 2, 0.1), steps=1000),
        call(
            "almost_sure_threshold", room.almost_sure_threshold, lambda: (TALL, 2), 0.3, steps=1000
        ),
        call(
            "derived_mean_square_threshold",
            room.derived_mean_square_threshold,
            lambda: (rule.gradient_descent(),),
        ),
        call("excess_loss", room.excess_loss, *noisy),
        call("large_delay", room.large_delay, lambda: (rule.gradient_descent().delayed(t), 1), 0.3),
        call("lifted_threshold", room.lifted_threshold, lambda: (heavy_ball(), TALL, 2), beta=0.5),
        call(
            "reshuffling_threshold", room.reshuffling_threshold, lambda: (TALL, 2), order="random"
        ),
        call("sgd_bracket", room.sgd_bracket, *batch, rigorous=False),
        call("sgd_conditions", room.sgd_conditions, *batch),
        call("sgd_mean_square_threshold", room.sgd_mean_square_threshold, tuple, 0.1),
        call("sgd_threshold", room.sgd_threshold, *batch),
        call(
            "sharpness",
            room.sharpness,
            lambda: (TALL.T @ TALL,),
            rng=0,
            tol=1e-10,
            size=None,
            max_steps=50,
        ),
        call("stationary_covariance", room.stationary_covariance, *noisy),
        call(
            "transfer", room.transfer, lambda: (rule.heavy_ball(0.9), rule.gradient_descent(), 0.1)
        ),
        call(
            "transfer of batches",
            room.transfer,
            lambda: (rule.gradient_descent(), rule.gradient_descent(), 0.1, 2, 4),
            samples=10,
        ),
        call("conservation_laws()", sb.regularizers.conservation_laws, lambda: (small(),)),
        call(
            "rescaling_minimum",
            sb.regularizers.rescaling_minimum,
            lambda: ((a**2 + v**2) / 2, {a: a * b, v: v / b}, b),
        ),
    ]


def networks() -> list[Call]:
    """Networks that are trained."""
    sim = sb.simulate
    sim.Optimiser(momentum=0.5)
    (lambda: (diagonal(), DATA, LABELS, start()), 2.0)
    net = (lambda: (network(), weights(), TALL, np.ones((4, 1))),)
    train = (lambda: (network(), TALL, np.ones((4, 1)), weights(), 0.05, 5),)
    return [
        call("dense_network", sim.dense_network, lambda: ((2, 3, 1), "tanh")),
        call("hessian_vector_product", sim.hessian_vector_product, *net),
        call("network_sharpness", sim.network_sharpness, *net, tolerance=1e-3),
        call(
            "train_asynchronously",
            sim.train_asynchronously,
            *train,
            workers=2,
            momentum=0.1,
            batch=2,
            rng=0,
        ),
        call("train_network", sim.train_network, *train, momentum=0.1, sharpness_every=None),
    ]


def moments() -> list[Call]:
    """Second moments and Monte-Carlo means."""
    sim = sb.simulate
    sim.Optimiser(momentum=0.5)
    (lambda: (diagonal(), DATA, LABELS, start()), 2.0)
    (lambda: (network(), weights(), TALL, np.ones((4, 1))),)
    (lambda: (network(), TALL, np.ones((4, 1)), weights(), 0.05, 5),)
    return [
        call(
            "delay_mean_square_threshold",
            sim.delay_mean_square_threshold,
            lambda: ({1: 0.5, 2: 0.5},),
            0.5,
            momentum=0.0,
            upto=8.0,
        ),
        call(
            "delay_moments",
            sim.delay_moments,
            lambda: ({1: 1.0}, 1.0, 0.1, 10),
            momentum=0.1,
            start=1.0,
        ),
        call(
            "gaussian_mean_product",
            sim.gaussian_mean_product,
            lambda: (np.tanh, 0.5, 100),
            rng=0,
            executor=None,
        ),
        call(
            "measured_mean_square_threshold",
            sim.measured_mean_square_threshold,
            lambda: (TALL, 2),
            0.3,
            order="iid",
            upto=2.0,
        ),
        call(
            "second_moment_by_enumeration",
            sim.second_moment_by_enumeration,
            lambda: (TALL, 0.1, 2, 3, [1.0, 0.0]),
        ),
        call(
            "second_moment_growth", sim.second_moment_growth, lambda: (TALL, 0.1, 2), momentum=0.1
        ),
        call(
            "sgd_second_moment",
            sim.sgd_second_moment,
            lambda: (TALL, 0.1, 2, 5, [1.0, 0.0]),
            samples=20,
            rng=0,
        ),
    ]


def sweeps() -> list[Call]:
    """Sweeps, and what simulators take."""
    sim = sb.simulate
    return [
        call(
            "sweep",
            sb.sweep,
            lambda: (identity, [1, 2, 3]),
            rng=None,
            executor=None,
            workers=1,
            chunk=2,
        ),
        call("sweeps_on", lambda executor: sim.sweeps_on(executor).__enter__, lambda: (None,)),
        call(
            "Optimiser",
            sim.Optimiser,
            lambda: ("sgd", 0.5),
            nu=1.0,
            alpha=1.0,
            inner=1,
            factors=(1.0,),
            delay=0,
        ),
        call(
            "Recurrence",
            sim.Recurrence,
            lambda: (lambda history, _s, gradients, _n: history[-1] - gradients[-1], 1),
        ),
    ]


def simulations() -> list[Call]:
    """The simulators of the mean."""
    sim = sb.simulate
    rule = sim.Optimiser(momentum=0.5)
    flow = (lambda: (diagonal(), DATA, LABELS, start()), 2.0)
    (lambda: (network(), weights(), TALL, np.ones((4, 1))),)
    (lambda: (network(), TALL, np.ones((4, 1)), weights(), 0.05, 5),)
    return [
        call(
            "gradient_descent",
            sim.gradient_descent,
            flow[0],
            2.0,
            step=0.01,
            batch=1,
            rng=0,
            max_steps=50,
            every=10,
            tolerance=1e-3,
        ),
        call(
            "gradient_flow", sim.gradient_flow, *flow, tolerance=1e-6, accuracy=1e-8, max_steps=500
        ),
        call("growth_rate", sim.growth_rate, lambda: (rule, 1.0, 0.1), steps=1000),
        call(
            "growth_rate of a rule",
            sim.growth_rate,
            lambda: (heavy_ball(), 1.0, 0.1),
            steps=1000,
            beta=0.5,
        ),
        call(
            "measured_threshold",
            sim.measured_threshold,
            lambda: (rule,),
            0.5,
            upto=8.0,
            steps=1000,
            tolerance=1e-3,
        ),
        call("quadratic", sim.quadratic, lambda: (rule, [1.0, 2.0], 0.1, 20), start=1.0, rng=None),
        call("reweighting_defect", sim.reweighting_defect, flow[0], 0.3, weights=[1.0, 2.0], rng=0),
    ]


def verdicts() -> list[Call]:
    """Claims, tables, figures, reports, the program."""
    return [
        call("claim", titled, lambda: ("a title", "==", 1e-8, None, pair), 2.0),
        call("claim ==", claimed, lambda: (np.ones(3), np.ones(3), "==", 1e-8), 3.0),
        call("claim <=", claimed, lambda: (1.0, 2.0, "<=", 1e-8), 2.0),
        call(
            "claim in law",
            claimed,
            lambda: (np.arange(9.0), np.arange(9.0) + 0.25, "in law", 0.1),
            2.0,
        ),
        call("Claim.run", claim().run, lambda: (0,)),
        call("Claim", sb.Claim, lambda: (pair, "a title", "=="), tolerance=1e-8),
        call("statements", sb.statements, lambda: ("polyak1964", ROWS), 2.0),
        call("PaperTable.markdown", sb.statements("polyak1964", ROWS).markdown),
        call("figure", lambda title: sb.figure(title)(lambda _ax: None), lambda: ("a line",)),
        call("Figure.draw", sb.figure("a line")(lambda _ax: None).draw, lambda: (None,), 0.1),
        call(
            "Figure.save", sb.figure("a line")(lambda _ax: None).save, lambda: (Path("x.png"),), 0.2
        ),
        call("at_scale", sb.at_scale, lambda: (1, 2)),
        call(
            "verify",
            sb.verify,
            lambda: (claim(), 0, None),
            2.0,
            full=False,
            timeout=5.0,
            workers=1,
            progress=False,
        ),
        call(
            "verify a path",
            sb.verify,
            lambda: ("script.py",),
            0.4,
            out="out",
            timeout=5.0,
            pdf=False,
        ),
        call("Report.write", sb.verify(claim()).write, lambda: (Path(),), 0.5),
        call("Report.summary", sb.verify(claim()).summary),
        call("Verdict.to_dict", claim().run().to_dict),
        call(
            "the program verifies",
            program,
            lambda: ("verify", "script.py", "--timeout", "5", "--seed", "1"),
            0.3,
        ),
        call("the program shows", program, lambda: ("show", "heavy_ball_threshold"), 0.3),
        call("the program cites", program, lambda: ("cite", "polyak1964")),
        call("the program lists", program, lambda: ("list", "relu")),
        call(
            "the program prints",
            program,
            lambda: ("latex", "relu_angle_kernel", "--level", "full"),
            0.3,
        ),
    ]
